import type { Context } from '../context.ts'
import { displayText } from '../display-text.ts'
import type { DirectoryRow, RecordRow } from './rows.ts'
import { shownTime, shownVersionText, shownWriter } from './shown.ts'
import { Table } from './table.ts'

export const LONG_HEADINGS = ['VERSION', 'KIND', 'SIZE', 'TIME', 'WRITER', 'PATH', 'SUMMARY']

export interface RecordLinesOptions {
  readonly long?: true
  readonly plain?: true
}

/** Listed records as lines: aligned, or with `plain` separated by tabs. On a terminal a line ends where the terminal does. */
export class RecordLines {
  readonly #context: Context
  readonly #options: RecordLinesOptions
  readonly #table: Table
  readonly #cut: (line: string) => string

  private constructor(context: Context, options: RecordLinesOptions, cut: (line: string) => string) {
    this.#context = context
    this.#options = options
    this.#cut = cut
    this.#table = new Table(options.long ? LONG_HEADINGS : [''])
  }

  static async open(context: Context, options: RecordLinesOptions): Promise<RecordLines> {
    const { columns } = context.io.stdout
    if (options.plain || columns === undefined) return new RecordLines(context, options, (line) => line)
    const { cut } = await import('../terminal/cells.ts')
    return new RecordLines(context, options, (line) => cut(line, columns))
  }

  heading(cells: readonly string[]): string {
    return `${this.#context.paint('heading', this.#cut(this.#table.lines([cells])[0] ?? ''))}\n`
  }

  of(rows: readonly (RecordRow | DirectoryRow)[]): string {
    const cells = rows.map((row) => (this.#options.long ? this.#longCells(row) : [pathCell(row)]))
    const lines = this.#options.plain ? cells.map((row) => row.join('\t')) : this.#table.lines(cells).map(this.#cut)
    return lines.map((line, at) => `${this.#painted(line, rows[at])}\n`).join('')
  }

  // A table has no spaces at the end of its lines, and what is separated by tabs has as many fields in each.
  #longCells(row: RecordRow | DirectoryRow): string[] {
    const summary = summaryCell(row)
    return summary === '' && !this.#options.plain ? longCells(row) : [...longCells(row), summary]
  }

  #painted(line: string, row: RecordRow | DirectoryRow | undefined): string {
    const muted = !this.#options.plain && row?.type === 'record' && row.state === 'deleted'
    return muted ? this.#context.paint('muted', line) : line
  }
}

function longCells(row: RecordRow | DirectoryRow): string[] {
  if (row.type === 'directory') return ['-', '-', '-', '-', '-', pathCell(row)]
  return [
    shownVersionText(row.version),
    displayText(row.kind ?? '-'),
    row.state === 'deleted' ? '-' : String(row.size),
    shownTime(row.time),
    shownWriter(row.writer),
    pathCell(row),
  ]
}

function summaryCell(row: RecordRow | DirectoryRow): string {
  return row.type === 'directory' ? '' : (row.columns ?? []).map((cell) => displayText(cell)).join(', ')
}

function pathCell(row: RecordRow | DirectoryRow): string {
  const path = displayText(row.path)
  if (row.type === 'directory') return `${path}/`
  return row.state === 'deleted' ? `${path} (deleted)` : path
}
