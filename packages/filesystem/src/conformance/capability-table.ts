import type { Capabilities } from '../filesystem.ts'

/** A backend as documented: how it is called there, and what it declares. */
export interface CapabilityColumn {
  readonly name: string
  readonly capabilities: Capabilities
}

const rows: readonly (readonly [string, (capabilities: Capabilities) => string])[] = [
  [
    'compare-and-swap',
    ({ cas }) => ({ records: 'several records', record: 'one record', none: 'no', unknown: 'unknown' })[cas],
  ],
  ['conflict carries the winner', ({ fusedConflict }) => yesOrNo(fusedConflict)],
  ['blind overwrites', ({ blindWrites }) => yesOrNo(blindWrites)],
  ['several processes', ({ crossProcess }) => yesOrNo(crossProcess)],
  ['a resolved write survives', ({ durability }) => survivals[durability]],
  ['history', ({ history }) => yesOrNo(history)],
  ['query', ({ query }) => ({ index: 'by index', scan: 'by scan', none: 'no' })[query]],
  ['logs', ({ log }) => yesOrNo(log)],
  ['transact', ({ transact }) => yesOrNo(transact)],
  ['watch', ({ watch }) => yesOrNo(watch)],
  ['maintain', ({ maintain }) => yesOrNo(maintain)],
  ['path bytes', ({ limits }) => limit(limits.pathBytesMax)],
  ['segment bytes', ({ limits }) => limit(limits.segmentBytesMax)],
  ['body bytes', ({ limits }) => limit(limits.bodyBytesMax)],
  ['page size', ({ limits }) => limit(limits.pageSizeMax)],
  ['retained versions', ({ history, limits }) => (history ? limit(limits.keepVersionsMax) : 'none')],
  ['index rows of a record', ({ query, limits }) => (query === 'none' ? 'none' : limit(limits.tuplesMax))],
  ['elements of an index row', ({ query, limits }) => (query === 'none' ? 'none' : limit(limits.tupleElementsMax))],
  ['encoded bytes of an index row', ({ query, limits }) => (query === 'none' ? 'none' : limit(limits.tupleBytesMax))],
  ['updates of a write', ({ cas, limits }) => (cas === 'none' ? 'one' : limit(limits.updatesMax))],
  ['entries of an append', ({ log, limits }) => (log ? limit(limits.appendEntriesMax) : 'none')],
  ['steps of a transact', ({ transact, limits }) => (transact ? limit(limits.stepsMax) : 'none')],
  ['changes kept for a watch', ({ watch, limits }) => (watch ? limit(limits.watchBufferMax) : 'none')],
]

const survivals = {
  memory: 'nothing',
  process: 'the death of the process',
  disk: 'the loss of power',
} as const

/** What backends declare, side by side, as a Markdown table without a line break at its end. */
export function capabilityTable(columns: readonly CapabilityColumn[]): string {
  const cells = [
    ['', ...columns.map(({ name }) => `\`${name}\``)],
    ...rows.map(([label, show]) => [label, ...columns.map(({ capabilities }) => show(capabilities))]),
  ]
  const widths = cells[0]?.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0))) ?? []
  const line = (row: readonly string[]) => `| ${row.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join(' | ')} |`
  const [head, ...body] = cells
  const ruler = widths.map((width) => '-'.repeat(width))
  return [line(head ?? []), line(ruler), ...body.map(line)].join('\n')
}

function yesOrNo(flag: boolean): string {
  return flag ? 'yes' : 'no'
}

function limit(value: number): string {
  return value.toLocaleString('en-US')
}
