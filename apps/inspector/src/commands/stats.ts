import type { Context } from '../context.ts'
import { displayText } from '../display-text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { parsePrefix } from '../model/path-argument.ts'
import { StatsCollector } from '../model/stats.ts'
import { walkItems } from '../model/walk-items.ts'
import { jsonLine } from '../output/json-text.ts'
import type { StatsRow, TotalRow } from '../output/rows.ts'
import { Table } from '../output/table.ts'

const HEADINGS = ['RECORDS', 'TOMBSTONES', '     BYTES', 'VERSIONS', ' DEEPEST', 'PREFIX']

/** Counts what is stored, by the directory directly below the prefix. */
export async function stats(context: Context, prefixArgument: string | undefined): Promise<ExitCode> {
  const prefix = parsePrefix(prefixArgument)
  return context.withStore(async (fs) => {
    const table = new Table(HEADINGS)
    const print = (row: StatsRow | TotalRow) => context.print(context.json ? jsonLine(row) : textLine(table, row))
    if (!context.json) await context.print(`${context.paint('heading', HEADINGS.join('  '))}\n`)
    const collector = new StatsCollector(prefix)
    let damaged = 0
    const damage = async (error: unknown) => {
      damaged++
      await context.report(error)
    }
    for await (const item of walkItems(fs, prefix, { depth: 'descendants', deleted: true }, damage)) {
      const row = collector.add(item)
      if (row) await print(row)
    }
    for (const row of collector.end()) await print(row)
    return damaged > 0 ? EXIT.partial : EXIT.ok
  })
}

function textLine(table: Table, row: StatsRow | TotalRow): string {
  const deepest = row.deepest ? `v${row.deepest.version}` : '-'
  const numbers = [row.records, row.tombstones, row.bytes, row.versions].map(String)
  const cells = [...numbers, deepest].map((cell, at) => cell.padStart(HEADINGS[at]?.length ?? 0))
  const where = row.deepest ? `  (deepest: ${displayText(row.deepest.path)})` : ''
  const name = row.type === 'total' ? `total of ${displayText(row.prefix)}` : displayText(row.prefix) + where
  return `${table.lines([[...cells, name]])[0] ?? ''}\n`
}
