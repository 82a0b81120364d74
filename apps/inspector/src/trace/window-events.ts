import { OUTCOME } from './attempt-outcome.ts'
import { NONE } from './names.ts'
import type { StatsWindow } from './trace-stats.ts'
import { KIND, type Trace } from './trace.ts'

/**
 * The events that a window needs to be understood by itself, in the order of their ends: those that ended in it, and from
 * before it those of updates that were under way when it began. An update that goes on behind it has no end here.
 */
export function windowEvents(trace: Trace, window: StatsWindow): Int32Array {
  const choice = new Choice(trace, window)
  return choice.events()
}

class Choice {
  readonly #trace: Trace
  readonly #window: StatsWindow
  /** Whether an update is told of, by the number of its name. */
  readonly #ops: Uint8Array
  /** Whether a write is, by the number of its id. */
  readonly #writes: Uint8Array

  constructor(trace: Trace, window: StatsWindow) {
    this.#trace = trace
    this.#window = window
    this.#ops = new Uint8Array(trace.names.size)
    this.#writes = new Uint8Array(trace.names.size)
  }

  events(): Int32Array {
    const { byEnd } = this.#trace
    this.#chooseOpen()
    for (const event of byEnd) if (this.#isInside(event)) this.#choose(event)
    return byEnd.filter((event) => this.#isInside(event) || this.#isBefore(event))
  }

  /** Updates that were under way in the window, also where nothing of them ended in it. */
  #chooseOpen(): void {
    const { columns, count, names } = this.#trace
    const { fromUs, toUs, key } = this.#window
    const began = new Uint8Array(names.size)
    const goesOn = new Uint8Array(names.size)
    for (let event = 0; event < count; event++) {
      const op = columns.op[event] ?? NONE
      if (op === NONE || columns.kind[event] === KIND.commit) continue
      if (key !== undefined && this.#trace.keyOfOp(op) !== key) continue
      if ((columns.startUs[event] ?? 0) <= toUs) began[op] = 1
      if ((columns.endUs[event] ?? 0) >= fromUs) goesOn[op] = 1
    }
    for (let op = 0; op < began.length; op++) if (began[op] === 1 && goesOn[op] === 1) this.#ops[op] = 1
  }

  #choose(event: number): void {
    const { columns } = this.#trace
    for (const op of this.#trace.foldedOps(event) ?? []) this.#ops[op] = 1
    const write = columns.write[event] ?? NONE
    if (columns.kind[event] === KIND.cas && write !== NONE) this.#writes[write] = 1
  }

  #isInside(event: number): boolean {
    const { columns } = this.#trace
    const { fromUs, toUs, key } = this.#window
    const endUs = columns.endUs[event] ?? 0
    return endUs >= fromUs && endUs <= toUs && (key === undefined || columns.key[event] === key)
  }

  #isBefore(event: number): boolean {
    const { columns } = this.#trace
    const op = columns.op[event] ?? NONE
    if ((columns.endUs[event] ?? 0) >= this.#window.fromUs) return false
    if (op !== NONE && this.#ops[op] === 1) return true
    // It may be the one that landed, when a later try of the same write is told how it went.
    const write = columns.write[event] ?? NONE
    return write !== NONE && columns.outcome[event] === OUTCOME.unknown && this.#writes[write] === 1
  }
}
