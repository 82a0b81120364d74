import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { execa } from 'execa'
import { expect, onTestFinished, vi } from 'vitest'
import { COMMAND } from './inspector-process.ts'

/** Whether there is a tmux to run terminals in. */
export const hasTmux = spawnSync('tmux', ['-V']).status === 0

/** A shell with job control in a terminal of its own. */
export class Tmux {
  readonly #server = `inspector-${randomUUID()}`

  static async open(env: Record<string, string> = {}): Promise<Tmux> {
    const tmux = new Tmux()
    const variables = Object.entries({ PS1: '$ ', LANG: 'C.UTF-8', ...env }).map(([name, value]) => `${name}=${value}`)
    const shell = ['env', '-u', 'CI', ...variables, 'bash', '--norc', '--noprofile', '-i']
    await tmux.#run('-f', '/dev/null', 'new-session', '-d', '-x', '100', '-y', '30', ...shell)
    onTestFinished(async () => void (await tmux.#run('kill-server').catch(() => {})))
    await tmux.shows(/^\$/m)
    return tmux
  }

  /** Types a command line; `INSPECTOR` in it starts the inspector. */
  async command(line: string): Promise<void> {
    await this.#run('send-keys', '-l', line.replaceAll('INSPECTOR', COMMAND.map((word) => `'${word}'`).join(' ')))
    await this.keys('Enter')
  }

  /** Keys as tmux names them. */
  async keys(...keys: string[]): Promise<void> {
    await this.#run('send-keys', ...keys)
  }

  async text(): Promise<string> {
    return await this.#run('capture-pane', '-p')
  }

  /** The text with its styles. */
  async styled(): Promise<string> {
    return await this.#run('capture-pane', '-p', '-e')
  }

  /** Waits until the terminal has the text. */
  async shows(expected: string | RegExp): Promise<void> {
    await vi.waitFor(async () => expectText(await this.text(), expected), { timeout: 20_000, interval: 50 })
  }

  /** The process that the shell started last. */
  async foreground(): Promise<number> {
    const shell = (await this.#run('display-message', '-p', '#{pane_pid}')).trim()
    const { stdout } = await execa('ps', ['-o', 'pid=', '--ppid', shell])
    return Number(stdout.trim().split('\n').at(-1))
  }

  async #run(...args: string[]): Promise<string> {
    const { stdout } = await execa('tmux', ['-L', this.#server, ...args])
    return stdout
  }
}

function expectText(text: string, expected: string | RegExp): void {
  expect(text).toMatch(expected)
}
