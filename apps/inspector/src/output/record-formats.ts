import { displayText } from '../display-text.ts'
import { jsonLine, jsonText } from './json-text.ts'
import type { ValueRow } from './rows.ts'
import { shownVersionText, writerText } from './shown.ts'

export type RecordFormat = 'jsonl' | 'csv' | 'md'

interface Format {
  readonly head: string
  readonly line: (row: ValueRow) => string
}

const COLUMNS = ['path', 'version', 'kind', 'contentType', 'size', 'time', 'writer', 'encoding', 'value']

/** Code points of a body that a table shows. */
const VALUE_MAX = 200

/** How records are written to a file. `jsonl` keeps everything; the others are for a spreadsheet and for a page. */
export const RECORD_FORMATS: Record<RecordFormat, Format> = {
  jsonl: { head: '', line: jsonLine },
  csv: { head: `${COLUMNS.join(',')}\r\n`, line: (row) => `${cells(row).map(csvCell).join(',')}\r\n` },
  md: {
    head: `| path | version | kind | size | time | writer | value |\n| --- | ---: | --- | ---: | --- | --- | --- |\n`,
    line: markdownLine,
  },
}

function cells({ path, version, kind, contentType, size, time, writer, encoding, value }: ValueRow): string[] {
  const written = [
    path,
    String(version ?? ''),
    kind ?? '',
    contentType ?? '',
    String(size),
    time ?? '',
    writerText(writer),
  ]
  return [...written, encoding, encoding === 'json' ? jsonText(value) : String(value)]
}

// RFC 4180. A spreadsheet takes a cell that begins like this for a formula, which could reach out of it.
function csvCell(text: string): string {
  const shown = displayText(text, { multiline: true })
  const harmless = /^[=+\-@\t\r]/.test(shown) ? `'${shown}` : shown
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

function markdownLine(row: ValueRow): string {
  const value = row.encoding === 'json' ? jsonText(row.value) : row.encoding === 'text' ? String(row.value) : '(binary)'
  const shown = [
    code(row.path),
    shownVersionText(row.version),
    code(row.kind ?? ''),
    String(row.size),
    row.time ?? '',
    code(writerText(row.writer)),
    code(value),
  ]
  return `| ${shown.join(' | ')} |\n`
}

/** As code, so that nothing in it is a link, HTML or a new column. The fence is longer than any run of its own character. */
function code(text: string): string {
  if (text === '') return ''
  const shown = displayText(text, { codePointsMax: VALUE_MAX }).replaceAll('|', '\\|')
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence} ${shown} ${fence}`
}
