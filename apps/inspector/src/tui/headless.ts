import { setTimeout as sleep } from 'node:timers/promises'
import type { Filesystem } from '@latchless/filesystem'
import type { Key } from '../terminal/key.ts'
import type { Frame } from './frame.ts'
import { makeScreen } from './make-screen.ts'
import type { Destination } from './screen.ts'
import { Shell } from './shell.ts'

export interface HeadlessOptions {
  readonly store: Filesystem
  readonly storeName: string
  readonly writable: boolean
  readonly destination: Destination
  /** How frames look, and their size. */
  readonly frame: Omit<Frame, 'nowMs'>
  nowMs(): number
}

/** Nothing has changed for so long: what a key asked for has been answered. */
const QUIET_MS = 60
/** What goes on by itself, such as a replay that plays, is not waited for. */
const QUIET_MS_MAX = 5000

const SHOWN_MS_MAX = 60_000

/** The screens without a terminal, for frames in tests, documents and reports of faults. */
export class Headless implements Disposable {
  readonly #frame: Omit<Frame, 'nowMs'>
  readonly #shell: Shell
  readonly #timers: NodeJS.Timeout[] = []

  constructor({ frame, destination, ...services }: HeadlessOptions) {
    this.#frame = frame
    this.#shell = new Shell(
      {
        ...services,
        after: (ms, call) => this.#timers.push(setTimeout(call, ms)),
        quit: () => {},
        suspend: () => {},
        repaint: () => {},
        copy: async (text, what) => `copied ${what}, ${Buffer.byteLength(text)} bytes`,
        edit: async () => {},
        settings: () => [],
      },
      makeScreen,
    )
    this.#shell.open(destination)
  }

  /** Presses a key and waits until what it asked for is there. */
  async press(key: Key): Promise<void> {
    this.#shell.press(key)
    await this.settled()
  }

  async settled(): Promise<void> {
    const until = Date.now() + QUIET_MS_MAX
    let revision
    do {
      revision = this.#shell.revision
      this.view()
      await sleep(QUIET_MS)
    } while ((revision !== this.#shell.revision || this.#shell.isWaiting) && Date.now() < until)
  }

  /**
   * Waits for something that comes by itself, in the frame or in the facts of the screen that may be cut there.
   *
   * @throws {Error} when it does not come.
   */
  async shows(pattern: RegExp): Promise<void> {
    const until = Date.now() + SHOWN_MS_MAX
    while (![...this.view(), this.#shell.facts].some((line) => pattern.test(line))) {
      if (Date.now() > until) throw new Error(`Cannot draw the screen: it never showed ${pattern.source}`)
      await sleep(QUIET_MS)
    }
  }

  /** The styled lines of the frame. */
  view(): string[] {
    return this.#shell.view({ ...this.#frame, nowMs: this.#shell.nowMs() })
  }

  [Symbol.dispose](): void {
    this.#shell.close()
    for (const timer of this.#timers) clearTimeout(timer)
  }
}
