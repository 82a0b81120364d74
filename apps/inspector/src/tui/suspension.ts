import { setTimeout as sleep } from 'node:timers/promises'

/** Gives the terminal back, runs something that has it meanwhile, and takes it again. */
export type Lend = (run: () => Promise<void>) => Promise<unknown>

/** Long enough for the kernel to stop the process. While it is stopped, no time passes for it. */
const STOPPING_MS = 50

/**
 * Lends the terminal: to an editor, or with ctrl-Z and SIGTSTP to the shell that started the inspector. Ink would keep the
 * terminal while it is stopped and lose the keyboard for good when it goes on.
 */
export class Suspension {
  readonly #lend: Lend
  #isLent = false

  constructor(lend: Lend) {
    this.#lend = lend
  }

  listen(): void {
    process.on('SIGTSTP', this.#onStop)
  }

  end(): void {
    process.off('SIGTSTP', this.#onStop)
  }

  async lend(run: () => Promise<void>): Promise<void> {
    if (this.#isLent) return
    this.#isLent = true
    // A ctrl-C there is meant for whoever has the terminal.
    const interrupted = process.rawListeners('SIGINT') as (() => void)[]
    for (const listener of interrupted) process.off('SIGINT', listener)
    process.on('SIGINT', ignore)
    try {
      await this.#lend(run)
    } finally {
      process.off('SIGINT', ignore)
      for (const listener of interrupted) process.on('SIGINT', listener)
      this.#isLent = false
    }
  }

  async suspend(): Promise<void> {
    // Whoever has the terminal has given it back already, as an editor does at its own ctrl-Z.
    if (this.#isLent) process.kill(process.pid, 'SIGSTOP')
    else await this.lend(() => this.#stop())
  }

  // The whole job stops, as it would at the ctrl-Z of a terminal: a shell sees only the process that it started, and that may
  // be npx. Where no shell could continue it, the kernel ignores the signal, and this goes on at once.
  async #stop(): Promise<void> {
    this.end()
    process.kill(0, 'SIGTSTP')
    await sleep(STOPPING_MS)
    this.listen()
  }

  readonly #onStop = (): void => {
    void this.suspend()
  }
}

function ignore(): void {}
