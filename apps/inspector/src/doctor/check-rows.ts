import type { CheckRow, CheckTotalRow } from '../output/rows.ts'
import type { Check, CheckResult, CheckStatus } from './check.ts'

/** A check and what came of it, as JSON. */
export function checkRow({ id, expects }: Check, result: CheckResult): CheckRow {
  const { status, summary, details, likelyCause, next } = result
  return {
    type: 'check',
    v: 1,
    id,
    status,
    summary,
    expects,
    details: details.map(({ text, path, version }) => ({ text, path: path ?? null, version: version ?? null })),
    likelyCause: likelyCause ?? null,
    next: [...next],
  }
}

/** The last row of a report. */
export function checkTotalRow(statuses: Iterable<CheckStatus>, elapsedMs: number): CheckTotalRow {
  const counts: Record<CheckStatus, number> = { ok: 0, warn: 0, fail: 0, skip: 0 }
  for (const status of statuses) counts[status]++
  return { type: 'check-total', v: 1, ...counts, elapsedMs: Math.round(elapsedMs) }
}
