/**
 * Aligns rows that arrive in pages: a column never gets narrower, so later pages line up with earlier ones unless they are
 * wider. The last column is not padded. Cells are text that already went through `displayText`.
 */
export class Table {
  readonly #widths: number[]

  constructor(headings: readonly string[]) {
    this.#widths = headings.map((heading) => heading.length)
  }

  lines(rows: readonly (readonly string[])[]): string[] {
    for (const row of rows) {
      row.forEach((cell, column) => {
        this.#widths[column] = Math.max(this.#widths[column] ?? 0, lengthOf(cell))
      })
    }
    return rows.map((row) => row.map((cell, column) => this.#pad(cell, column, row.length)).join('  '))
  }

  #pad(cell: string, column: number, columns: number): string {
    if (column === columns - 1) return cell
    return cell + ' '.repeat(Math.max(0, (this.#widths[column] ?? 0) - lengthOf(cell)))
  }
}

function lengthOf(cell: string): number {
  return Array.from(cell).length
}
