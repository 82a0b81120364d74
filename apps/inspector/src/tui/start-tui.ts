import type { ReadStream, WriteStream } from 'node:tty'
import type { Filesystem } from '@latchless/filesystem'
import { type Instance, render } from 'ink'
import { createElement } from 'react'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { copyText } from '../terminal/copy-text.ts'
import { Mouse } from '../terminal/mouse.ts'
import { App, type AppProps, type TerminalControls } from './App.ts'
import { editReadOnly } from './edit-read-only.ts'
import { makeScreen } from './make-screen.ts'
import type { Destination } from './screen.ts'
import type { Services } from './services.ts'
import { type MakeScreen, Shell } from './shell.ts'
import { SpokenApp } from './SpokenApp.ts'
import { Suspension } from './suspension.ts'
import { type LookChoice, TerminalSettings } from './terminal-settings.ts'

export interface TuiOptions extends LookChoice {
  readonly store: Filesystem
  /** As the person named it, without a password. */
  readonly storeName: string
  /** Where it lies, with a password where it has one: never shown. */
  readonly storeUrl?: string | undefined
  readonly writable: boolean
  readonly mouse: boolean
  /** What to show first. */
  readonly destination: Destination
  readonly stdin: ReadStream
  readonly stdout: WriteStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** Other screens than the inspector's. */
  readonly make?: MakeScreen | undefined
  /** Told how long each frame took to lay out and to write, in milliseconds. */
  readonly onFrame?: (ms: number) => void
}

/**
 * Runs the TUI until the person leaves it. The terminal is then as it was.
 *
 * @throws what a key or a frame threw: the screens are gone by then, so it can be shown.
 */
export async function startTui(options: TuiOptions): Promise<ExitCode> {
  return await new Tui(options).run()
}

// Erases below the cursor (ED of ECMA-48), for rows that another program wrote below Ink's cursor.
const ERASE_BELOW = '\u001b[J'

class Tui {
  readonly #options: TuiOptions
  readonly #mouse: Mouse
  readonly #settings: TerminalSettings
  readonly #suspension: Suspension
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #shell: Shell
  #instance: Instance | undefined
  #controls: TerminalControls | undefined
  #exitCode: ExitCode = EXIT.ok

  constructor(options: TuiOptions) {
    this.#options = options
    this.#mouse = new Mouse(options.stdin, options.stdout, {
      turned: (by, cell) => this.#attempt(() => this.#shell.wheel(by, cell)),
      clicked: (cell) => this.#attempt(() => this.#shell.click(cell)),
    })
    this.#settings = new TerminalSettings(options, this.#mouse)
    this.#suspension = new Suspension((run) => this.#lend(run))
    this.#shell = new Shell(this.#services(), options.make ?? makeScreen)
  }

  async run(): Promise<ExitCode> {
    const { destination, mouse } = this.#options
    this.#shell.open(destination)
    const instance = this.#draw()
    this.#instance = instance
    this.#suspension.listen()
    process.on('uncaughtException', this.#fail)
    if (mouse) this.#mouse.on()
    try {
      await instance.waitUntilExit()
    } finally {
      this.#mouse.off()
      process.off('uncaughtException', this.#fail)
      this.#suspension.end()
      this.#shell.close()
      for (const timer of this.#timers) clearTimeout(timer)
    }
    return this.#exitCode
  }

  #draw(): Instance {
    const { stdin, stdout, spoken, onFrame } = this.#options
    const props: AppProps = {
      shell: this.#shell,
      look: () => this.#settings.look,
      onControls: this.#takeControls,
      attempt: (work) => this.#attempt(work),
    }
    return render(createElement(spoken ? SpokenApp : App, props), {
      stdin,
      stdout,
      alternateScreen: !spoken,
      isScreenReaderEnabled: spoken,
      incrementalRendering: true,
      // Ink ends with 0 on ctrl-c, does not start in CI, and would mix what is logged into the screen.
      exitOnCtrlC: false,
      interactive: true,
      patchConsole: false,
      ...(onFrame && { onRender: ({ renderTime }) => onFrame(renderTime) }),
    })
  }

  #services(): Services {
    const { store, storeName, storeUrl, writable, stdin, stdout, env } = this.#options
    return {
      store,
      storeName,
      storeUrl,
      writable,
      nowMs: () => Date.now(),
      after: (ms, call) => this.#after(ms, call),
      quit: (code) => {
        this.#exitCode = code as ExitCode
        this.#end()
      },
      suspend: () => void this.#suspension.suspend().catch(this.#fail),
      repaint: () => {
        this.#instance?.clear()
        stdout.write(ERASE_BELOW)
      },
      copy: (text, what) =>
        copyText(text, what, { env, platform: process.platform, write: (sequence) => stdout.write(sequence) }),
      edit: (name, bytes) => editReadOnly(name, bytes, env, stdin, (run) => this.#suspension.lend(run)),
      settings: () => this.#settings.actions(),
    }
  }

  #after(ms: number, call: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#attempt(call)
    }, ms)
    this.#timers.add(timer)
  }

  async #lend(run: () => Promise<void>): Promise<void> {
    const hadMouse = this.#mouse.isOn
    this.#mouse.off()
    try {
      await this.#controls?.suspendTerminal(run)
    } finally {
      if (hadMouse) this.#mouse.on()
    }
  }

  readonly #takeControls = (controls: TerminalControls): void => {
    this.#controls = controls
  }

  #attempt(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#fail(error)
    }
  }

  readonly #fail = (error: unknown): void => {
    this.#end(error instanceof Error ? error : new Error(String(error)))
  }

  #end(error?: Error): void {
    if (this.#controls) this.#controls.exit(error)
    else this.#instance?.unmount()
  }
}
