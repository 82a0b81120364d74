import { OUTCOME } from './attempt-outcome.ts'
import type { Lane } from './lanes.ts'
import { NONE } from './names.ts'
import { KIND, type Trace } from './trace.ts'
import { SUCCEEDED } from './trace-stats.ts'

/** What a cell of a lane shows. A greater one hides a lesser, so that no cell hides a conflict. */
export const CELL = {
  nothing: 0,
  waiting: 1,
  inFlight: 2,
  read: 3,
  won: 4,
  failed: 5,
  lost: 6,
  unknown: 7,
  gaveUp: 8,
  lostUpdate: 9,
} as const

/** The part of time that is drawn. */
export interface Lens {
  readonly fromUs: number
  readonly toUs: number
}

export interface LaneCells {
  readonly cells: Uint8Array
  /** How many answers are in each cell. */
  readonly answers: Uint16Array
  readonly won: number
  readonly lost: number
  readonly unknown: number
  readonly gaveUp: number
}

/** The cell of a time; below zero or beyond the last when it is out of sight. */
export function columnOf(us: number, { fromUs, toUs }: Lens, columns: number): number {
  return Math.floor(((us - fromUs) / Math.max(1, toUs - fromUs)) * columns)
}

/** Draws the part of a lane that is in the lens. `lostUpdates` are the events at fault. */
export function laneCells(
  trace: Trace,
  lane: Lane,
  lens: Lens,
  columns: number,
  lostUpdates: ReadonlySet<number>,
): LaneCells {
  const drawing = new Drawing(trace, lens, columns, lostUpdates)
  for (const event of lane.within(lens.fromUs, lens.toUs)) drawing.add(event)
  return drawing
}

class Drawing implements LaneCells {
  readonly cells: Uint8Array
  readonly answers: Uint16Array
  won = 0
  lost = 0
  unknown = 0
  gaveUp = 0
  readonly #trace: Trace
  readonly #lens: Lens
  readonly #lostUpdates: ReadonlySet<number>
  /** When the last read of an update ended: until it writes, it thinks. */
  readonly #readEndUs = new Map<number, number>()

  constructor(trace: Trace, lens: Lens, columns: number, lostUpdates: ReadonlySet<number>) {
    this.#trace = trace
    this.#lens = lens
    this.#lostUpdates = lostUpdates
    this.cells = new Uint8Array(columns)
    this.answers = new Uint16Array(columns)
  }

  add(event: number): void {
    const { columns } = this.#trace
    const [op = NONE, startUs = 0, endUs = 0] = [columns.op[event], columns.startUs[event], columns.endUs[event]]
    switch (columns.kind[event] ?? NONE) {
      case KIND.read:
        this.#fill(startUs, endUs, CELL.inFlight)
        this.#put(startUs, CELL.read)
        this.#readEndUs.set(op, endUs)
        return
      case KIND.cas:
        this.#fill(this.#readEndUs.get(op) ?? startUs, endUs, CELL.inFlight)
        this.#readEndUs.delete(op)
        this.#answer(event, endUs)
        return
      case KIND.wait:
        this.#fill(startUs, endUs, CELL.waiting)
        return
      case KIND.done:
        if (SUCCEEDED.has(this.#trace.names.text(columns.word[event] ?? NONE))) return
        if (this.#put(endUs, CELL.gaveUp)) this.gaveUp++
    }
  }

  #answer(event: number, endUs: number): void {
    const cell = this.#cellOf(event)
    if (!this.#put(endUs, cell)) return
    const column = columnOf(endUs, this.#lens, this.cells.length)
    this.answers[column] = (this.answers[column] ?? 0) + 1
    if (cell === CELL.won || cell === CELL.lostUpdate) this.won++
    else if (cell === CELL.lost) this.lost++
    else if (cell === CELL.unknown) this.unknown++
  }

  #cellOf(event: number): number {
    if (this.#lostUpdates.has(event)) return CELL.lostUpdate
    const outcome = this.#trace.columns.outcome[event]
    if (outcome === OUTCOME.won) return CELL.won
    if (outcome === OUTCOME.lost) return CELL.lost
    return outcome === OUTCOME.unknown ? CELL.unknown : CELL.failed
  }

  #fill(fromUs: number, toUs: number, cell: number): void {
    const count = this.cells.length
    const first = Math.max(0, columnOf(fromUs, this.#lens, count))
    const last = Math.min(count - 1, columnOf(toUs, this.#lens, count))
    for (let column = first; column <= last; column++) {
      if ((this.cells[column] ?? 0) < cell) this.cells[column] = cell
    }
  }

  /** Whether it is in sight. */
  #put(us: number, cell: number): boolean {
    const column = columnOf(us, this.#lens, this.cells.length)
    if (column < 0 || column >= this.cells.length) return false
    if ((this.cells[column] ?? 0) < cell) this.cells[column] = cell
    return true
  }
}

/** How many reads and writes, and how many waits, go on in each cell. */
export interface Densities {
  readonly inFlight: Uint32Array
  readonly waiting: Uint32Array
}

export function densities(trace: Trace, lane: Lane, lens: Lens, columns: number): Densities {
  const [inFlight, waiting] = [new Int32Array(columns + 1), new Int32Array(columns + 1)]
  const { kind, startUs, endUs } = trace.columns
  for (const event of lane.within(lens.fromUs, lens.toUs)) {
    const isSpan = kind[event] === KIND.read || kind[event] === KIND.cas || kind[event] === KIND.wait
    if (!isSpan) continue
    const steps = kind[event] === KIND.wait ? waiting : inFlight
    const first = Math.max(0, columnOf(startUs[event] ?? 0, lens, columns))
    const last = Math.min(columns - 1, columnOf(endUs[event] ?? 0, lens, columns))
    if (first > last) continue
    steps[first] = (steps[first] ?? 0) + 1
    steps[last + 1] = (steps[last + 1] ?? 0) - 1
  }
  return { inFlight: summed(inFlight), waiting: summed(waiting) }
}

function summed(steps: Int32Array): Uint32Array {
  let level = 0
  return Uint32Array.from(steps.subarray(0, -1), (step) => (level += step))
}
