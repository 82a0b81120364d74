const ROWS_MIN = 1024

/**
 * Events as columns of numbers: millions of them fit into memory, and a pass over one column is quick. What the numbers of a
 * row mean depends on its kind; `Trace` knows.
 */
export class EventColumns {
  count = 0
  kind = new Uint8Array(ROWS_MIN)
  outcome = new Uint8Array(ROWS_MIN)
  attempt = new Uint32Array(ROWS_MIN)
  clock = new Uint32Array(ROWS_MIN)
  startUs = new Float64Array(ROWS_MIN)
  endUs = new Float64Array(ROWS_MIN)
  op = new Int32Array(ROWS_MIN)
  writer = new Int32Array(ROWS_MIN)
  key = new Int32Array(ROWS_MIN)
  write = new Int32Array(ROWS_MIN)
  by = new Int32Array(ROWS_MIN)
  byWrite = new Int32Array(ROWS_MIN)
  word = new Int32Array(ROWS_MIN)
  first = new Float64Array(ROWS_MIN)
  second = new Float64Array(ROWS_MIN)
  third = new Float64Array(ROWS_MIN)

  /** The number of a new row, all zero. */
  add(): number {
    if (this.count === this.kind.length) this.#grow(this.count * 2)
    return this.count++
  }

  #grow(rows: number): void {
    this.kind = grown(this.kind, new Uint8Array(rows))
    this.outcome = grown(this.outcome, new Uint8Array(rows))
    this.attempt = grown(this.attempt, new Uint32Array(rows))
    this.clock = grown(this.clock, new Uint32Array(rows))
    this.startUs = grown(this.startUs, new Float64Array(rows))
    this.endUs = grown(this.endUs, new Float64Array(rows))
    this.op = grown(this.op, new Int32Array(rows))
    this.writer = grown(this.writer, new Int32Array(rows))
    this.key = grown(this.key, new Int32Array(rows))
    this.write = grown(this.write, new Int32Array(rows))
    this.by = grown(this.by, new Int32Array(rows))
    this.byWrite = grown(this.byWrite, new Int32Array(rows))
    this.word = grown(this.word, new Int32Array(rows))
    this.first = grown(this.first, new Float64Array(rows))
    this.second = grown(this.second, new Float64Array(rows))
    this.third = grown(this.third, new Float64Array(rows))
  }
}

function grown<T extends Uint8Array | Uint32Array | Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from)
  return to
}
