import { msText, shareText } from '../contention/figures.ts'
import { displayText } from '../display-text.ts'
import { countText } from '../model/measures.ts'
import type { RerunRow } from '../output/rows.ts'
import { Table } from '../output/table.ts'

type Side = RerunRow['recorded']

/** The comparison as text for people. */
export function rerunReport(row: RerunRow): string {
  const { recorded, rerun } = row
  const compared = (name: string, of: (side: Side) => string) => [name, of(recorded), of(rerun)]
  const table = new Table([])
  const rows = [
    ['', 'RECORDED', 'RUN AGAIN'],
    compared('updates', ({ updates }) => countText(updates)),
    compared('ended well', ({ ok }) => countText(ok)),
    compared('failed', ({ failed }) => countText(failed)),
    compared('attempts', ({ attempts }) => countText(attempts)),
    compared('won', ({ won }) => countText(won)),
    compared('lost', ({ lost }) => countText(lost)),
    compared('lost of those', ({ won, lost }) => shareText(won + lost === 0 ? undefined : lost / (won + lost))),
    compared('updates in a write', ({ ok, won }) => (won === 0 ? '-' : (ok / won).toFixed(1))),
    compared('half of updates in', ({ p50Ms }) => `${msText(p50Ms ?? undefined)} ms`),
    compared('99 of 100 in', ({ p99Ms }) => `${msText(p99Ms ?? undefined)} ms`),
    compared('all in', ({ durationMs }) => `${(durationMs / 1000).toFixed(1)} s`),
  ]
  const lines = [
    `${row.records} records, ${row.writers} writers in ${row.processes} processes, run on ${displayText(row.backend)} ` +
      `(${displayText(row.store)}), mode ${row.mode}, ${row.speed}× the recorded speed`,
    '',
    ...table.lines(rows).map((line) => line.trimEnd()),
    '',
    ...verdictLines(row),
  ]
  return `${lines.join('\n')}\n`
}

function verdictLines(row: RerunRow): string[] {
  const { lostUpdates, repeatedUpdates, resurrectedUpdates, unknownLanded, lateMs } = row
  const lines = [
    `lost updates ${lostUpdates}, applied twice ${repeatedUpdates}, failed and applied ${resurrectedUpdates}`,
  ]
  for (const [code, count] of Object.entries(row.failures)) lines.push(`${count} updates failed: ${displayText(code)}`)
  if (row.leftOut > 0) lines.push(`${row.leftOut} updates were left out: no record can have their path`)
  if (unknownLanded > 0) lines.push(`${unknownLanded} updates got no answer and are in the records`)
  if (lateMs > LATE_MS) {
    lines.push(`an update began ${msText(lateMs)} ms late: this machine was too busy to run them at the recorded times`)
  }
  if (row.damagedTrace) lines.push('the trace is damaged; `inspector replay` tells where')
  if (row.trace !== null) lines.push(`its trace is in ${displayText(row.trace)}`)
  return lines
}

const LATE_MS = 100
