import type { RowWindow } from '../../../model/row-window.ts'

/** How many rows behind the one that is wanted are read too. */
const READ_BEHIND_ROWS = 120

/** The way to a row that is not in memory. A store knows no numbers, so it is read from the first row on. */
export class RowLeap {
  /** Counted from 1. */
  readonly row: number
  readonly window: RowWindow
  readonly #ending = new AbortController()

  constructor(row: number, window: RowWindow) {
    this.row = row
    this.window = window
  }

  /** How many rows were read so far. */
  get readCount(): number {
    return (this.window.before ?? 0) + this.window.rows.length
  }

  get isOver(): boolean {
    return this.#ending.signal.aborted
  }

  /** Resolves with the place of the row in the window, or with undefined when it was ended. Calls back after each page. */
  async run(signal: AbortSignal, paged: () => void): Promise<number | undefined> {
    const either = AbortSignal.any([signal, this.#ending.signal])
    try {
      const at = await this.window.toRow(this.row - 1, READ_BEHIND_ROWS, either, paged)
      return either.aborted ? undefined : at
    } finally {
      this.end()
    }
  }

  end(): void {
    this.#ending.abort()
  }
}
