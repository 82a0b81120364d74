import type { Filesystem, ListItem } from '@latchless/filesystem'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { rowOfHead } from '../model/listed-row.ts'
import { parsePrefix } from '../model/path-argument.ts'
import type { RecordFilter } from '../model/record-filter.ts'
import { shellWord } from '../model/shell-word.ts'
import { rowsOfItem } from '../model/stored-row.ts'
import { walkItems } from '../model/walk-items.ts'
import { jsonLine } from '../output/json-text.ts'
import { LONG_HEADINGS, RecordLines } from '../output/record-lines.ts'
import type { CountRow, DirectoryRow, RecordRow } from '../output/rows.ts'
import { filterArgument } from './filter-argument.ts'

export interface LsOptions {
  readonly limit?: number
  readonly after?: string
  readonly filter?: string
  readonly sort: 'path' | '-path'
  readonly long?: true
  readonly plain?: true
  readonly deleted?: true
  readonly count?: true
  readonly depth: 'children' | 'descendants'
  readonly failEmpty?: true
}

/** Lists records in path order. */
export async function ls(context: Context, prefixArgument: string | undefined, options: LsOptions): Promise<ExitCode> {
  const prefix = parsePrefix(prefixArgument)
  const passes = await filterArgument(options.filter)
  return context.withStore(async (fs) => {
    let damaged = 0
    const items = walkItems(
      fs,
      prefix,
      {
        depth: options.depth,
        deleted: options.deleted ?? false,
        after: options.after,
        order: options.sort === 'path' ? 'ascending' : 'descending',
        // How many pass the filter is not known before they are read.
        limit: passes ? undefined : options.limit,
      },
      async (error) => {
        damaged++
        await context.report(error)
      },
    )
    const wanted = passes ? filtered(items, passes, options.limit) : items
    const found = options.count
      ? await countItems(context, prefix, wanted)
      : await printItems(context, fs, wanted, options)
    if (damaged > 0) return EXIT.partial
    return options.failEmpty && found === 0 ? EXIT.negative : EXIT.ok
  })
}

async function* filtered(
  items: AsyncIterable<ListItem>,
  passes: RecordFilter,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<ListItem> {
  let left = limit
  for await (const item of items) {
    // A filter is about records, so a directory is shown only with the record at its own path.
    if (!item.head || !passes({ ...rowOfHead(item.head), path: item.path, state: item.head.state })) continue
    yield item
    if (--left === 0) return
  }
}

const ROWS_PER_WRITE = 100

async function printItems(
  context: Context,
  fs: Filesystem,
  items: AsyncIterable<ListItem>,
  options: LsOptions,
): Promise<number> {
  const lines = await RecordLines.open(context, options)
  const { withColumns } = options.long ? await import('./columns-of-rows.ts') : {}
  if (options.long && !context.json && !options.plain && context.io.stdout.isTTY) {
    await context.print(lines.heading(LONG_HEADINGS))
  }
  let found = 0
  let last = ''
  let rows: (RecordRow | DirectoryRow)[] = []
  const flush = async () => {
    const printed = withColumns ? await withColumns(fs, rows, Date.now()) : rows
    const text = context.json ? printed.map(jsonLine).join('') : lines.of(printed)
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
  if (found === options.limit)
    await context.remark(`stopped at --limit ${found}; go on with --after ${shellWord(last)}`)
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
