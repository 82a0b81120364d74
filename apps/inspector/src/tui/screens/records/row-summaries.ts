import { displayText } from '../../../display-text.ts'
import type { ListCells } from '../../../kinds/list-cells.ts'
import { mayHaveCells, READS_AT_ONCE, readListCells } from '../../../kinds/read-list-cells.ts'
import type { ListedRow } from '../../../model/listed-row.ts'
import type { Host } from '../../screen.ts'

/** Versions in memory at the most, unless more are in sight. */
const KEPT_MAX = 300
const CELL_CODE_POINTS_MAX = 60

/**
 * What the records in sight are about, by their kinds. It is in their bodies, which are read in the background: only those of
 * the rows that are in sight when there is time for them, and each version once.
 */
export class RowSummaries {
  readonly #host: Pick<Host, 'store' | 'run' | 'changed'>
  /** By path and version, what was wanted last at the end. Nothing for a version that is being read or cannot be. */
  readonly #kept = new Map<string, ListCells | undefined>()
  #wanted: readonly ListedRow[] = []
  #stopping = new AbortController()
  #isReading = false

  constructor(host: Pick<Host, 'store' | 'run' | 'changed'>) {
    this.#host = host
  }

  /** As far as it is known by now; empty where there is nothing to say. */
  of(row: ListedRow, nowMs: number): string {
    const cells = this.#kept.get(keyOf(row))?.({ nowMs }) ?? []
    return cells.map((cell) => displayText(cell, { codePointsMax: CELL_CODE_POINTS_MAX })).join(', ')
  }

  /** These are in sight now, and no others. */
  want(rows: readonly ListedRow[]): void {
    this.#wanted = rows.filter(mayHaveCells)
    for (const key of this.#wanted.map(keyOf)) {
      if (!this.#kept.has(key)) continue
      const cells = this.#kept.get(key)
      this.#kept.delete(key)
      this.#kept.set(key, cells)
    }
    if (!this.#isReading && this.#unread().length > 0) this.#host.run(() => this.#read())
  }

  /** Reads no more until rows are wanted again. */
  stop(): void {
    this.#wanted = []
    this.#stopping.abort()
  }

  /** What could not be read is tried again. What was read stays: a version never changes. */
  retry(): void {
    for (const [key, cells] of this.#kept) if (!cells) this.#kept.delete(key)
  }

  #unread(): readonly ListedRow[] {
    return this.#wanted.filter((row) => !this.#kept.has(keyOf(row))).slice(0, READS_AT_ONCE)
  }

  async #read(): Promise<void> {
    this.#isReading = true
    try {
      for (let rows = this.#unread(); rows.length > 0; rows = this.#unread()) {
        this.#stopping = new AbortController()
        const { signal } = this.#stopping
        await Promise.all(rows.map((row) => this.#readOne(row, signal)))
        this.#host.changed()
      }
    } finally {
      this.#isReading = false
    }
  }

  // It counts as known before it is: whatever comes of it, it is not read for every frame.
  async #readOne(row: ListedRow, signal: AbortSignal): Promise<void> {
    const key = keyOf(row)
    this.#kept.set(key, undefined)
    const cells = await readListCells(this.#host.store, row, signal)
    if (signal.aborted) this.#kept.delete(key)
    else this.#keep(key, cells)
  }

  #keep(key: string, cells: ListCells | undefined): void {
    this.#kept.set(key, cells)
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= Math.max(KEPT_MAX, this.#wanted.length)) return
      this.#kept.delete(oldest)
    }
  }
}

function keyOf({ path, token }: ListedRow): string {
  return `${token} ${path}`
}
