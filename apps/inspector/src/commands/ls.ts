import type { ListItem } from '@latchless/filesystem'
import type { Context } from '../context.ts'
import { displayText } from '../display-text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { parsePrefix } from '../model/path-argument.ts'
import { rowsOfItem } from '../model/stored-row.ts'
import { walkItems } from '../model/walk-items.ts'
import { jsonLine } from '../output/json-text.ts'
import type { CountRow, DirectoryRow, RecordRow } from '../output/rows.ts'
import { Table } from '../output/table.ts'
import { shownTime, shownVersionText, shownWriter } from '../output/shown.ts'

export interface LsOptions {
  readonly limit?: number
  readonly after?: string
  readonly long?: true
  readonly deleted?: true
  readonly count?: true
  readonly depth: 'children' | 'descendants'
  readonly failEmpty?: true
}

/** Lists records in path order. */
export async function ls(context: Context, prefixArgument: string | undefined, options: LsOptions): Promise<ExitCode> {
  const prefix = parsePrefix(prefixArgument)
  return context.withStore(async (fs) => {
    let damaged = 0
    const items = walkItems(
      fs,
      prefix,
      { depth: options.depth, deleted: options.deleted ?? false, after: options.after, limit: options.limit },
      async (error) => {
        damaged++
        await context.report(error)
      },
    )
    const found = options.count ? await countItems(context, prefix, items) : await printItems(context, items, options)
    if (damaged > 0) return EXIT.partial
    return options.failEmpty && found === 0 ? EXIT.negative : EXIT.ok
  })
}

const ROWS_PER_WRITE = 100

async function printItems(context: Context, items: AsyncIterable<ListItem>, options: LsOptions): Promise<number> {
  const table = new Table(options.long ? LONG_HEADINGS : [''])
  if (options.long && !context.json && context.io.stdout.isTTY) {
    await context.print(`${context.paint('heading', table.lines([LONG_HEADINGS])[0] ?? '')}\n`)
  }
  let found = 0
  let last = ''
  let rows: (RecordRow | DirectoryRow)[] = []
  const flush = async () => {
    const text = context.json ? rows.map(jsonLine).join('') : lines(context, table, rows, options)
    rows = []
    await context.print(text)
  }
  try {
    for await (const item of items) {
      found++
      last = item.path
      rows.push(...rowsOfItem(item))
      if (rows.length >= ROWS_PER_WRITE) await flush()
    }
  } finally {
    // What was read before a failure is printed all the same.
    await flush()
  }
  if (found === options.limit) await context.remark(`stopped at --limit ${found}; go on with --after ${quoted(last)}`)
  return found
}

async function countItems(context: Context, prefix: string, items: AsyncIterable<ListItem>): Promise<number> {
  const row: CountRow = { type: 'count', v: 1, prefix, records: 0, tombstones: 0, directories: 0 }
  for await (const { head, directory } of items) {
    if (head?.state === 'live') row.records++
    if (head?.state === 'deleted') row.tombstones++
    if (directory) row.directories++
  }
  const found = row.records + row.tombstones + row.directories
  await context.print(context.json ? jsonLine(row) : `${found}\n`)
  return found
}

const LONG_HEADINGS = ['VERSION', 'KIND', 'SIZE', 'TIME', 'WRITER', 'PATH']

function lines(
  context: Context,
  table: Table,
  rows: readonly (RecordRow | DirectoryRow)[],
  options: LsOptions,
): string {
  const cells = rows.map((row) => (options.long ? longCells(row) : [pathCell(row)]))
  const printed = table.lines(cells).map((line, at) => {
    const row = rows[at]
    return row?.type === 'record' && row.state === 'deleted' ? context.paint('muted', line) : line
  })
  return printed.map((line) => `${line}\n`).join('')
}

function longCells(row: RecordRow | DirectoryRow): string[] {
  if (row.type === 'directory') return ['-', '-', '-', '-', '-', pathCell(row)]
  const kind = displayText(row.kind ?? '-')
  return [
    shownVersionText(row.version),
    kind,
    row.state === 'deleted' ? '-' : String(row.size),
    shownTime(row.time),
    shownWriter(row.writer),
    pathCell(row),
  ]
}

function pathCell(row: RecordRow | DirectoryRow): string {
  const path = displayText(row.path)
  if (row.type === 'directory') return `${path}/`
  return row.state === 'deleted' ? `${path} (deleted)` : path
}

function quoted(path: string): string {
  return /^[\w/.:@-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
