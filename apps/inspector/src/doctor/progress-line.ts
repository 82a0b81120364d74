import type { Context } from '../context.ts'

const QUIET_MS = 300
const EVERY_MS = 200

/** How far something has come, in one line of a terminal that is written over; nothing where stderr is none. */
export class ProgressLine {
  readonly #context: Context
  readonly #startedMs = performance.now()
  #shownMs = 0
  #isShown = false

  constructor(context: Context) {
    this.#context = context
  }

  show(text: string): void {
    const { stderr } = this.#context.io
    const nowMs = performance.now()
    if (!stderr.isTTY || this.#context.json || nowMs - this.#startedMs < QUIET_MS || nowMs - this.#shownMs < EVERY_MS)
      return
    this.#shownMs = nowMs
    this.#isShown = true
    // What is shown is worth no wait, and whoever closed stderr does not want it.
    stderr.write(`\r${text} ${CLEAR}`).catch(() => {})
  }

  async clear(): Promise<void> {
    if (!this.#isShown) return
    this.#isShown = false
    await this.#context.io.stderr.write(`\r${CLEAR}`)
  }
}

// Erase to the end of the line (EL of ECMA-48).
const CLEAR = '\u001b[K'
