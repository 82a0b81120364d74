import type { EpochHistory } from '../history/epoch.ts'
import type { FinalEpoch } from '../history/final.ts'
import type { Finding } from '../report.ts'
import { transferSchema } from '../workload/records.ts'
import { z } from 'zod'

const accountShape = z.object({ balance: z.int() })

/** Whether each transact happened as a whole or not at all, and no money was made or lost. */
export function checkTransfers(history: EpochHistory, final: FinalEpoch): Finding[] {
  const findings: Finding[] = []
  const report = (check: string, path: string, message: string) =>
    findings.push({ check: `transact: ${check}`, path, message })
  for (const { client, sum } of history.sums) {
    if (sum !== 0)
      report('sum', `/e${history.epoch}/accounts`, `${client} read all accounts at once: they sum up to ${sum}`)
  }
  const written = new Set(
    final.records.flatMap(({ path, versions }) => versions.map(({ writeId }) => `${path} ${writeId}`)),
  )
  const entries = new Map(
    final.logs.map(({ log, entries: all }) => [log, Map.groupBy(all, ({ body }) => body)] as const),
  )
  for (const sendings of Map.groupBy(history.transacts, ({ writeId }) => writeId).values()) {
    const [first] = sendings
    if (!first) continue
    const done = sendings.some(({ answer }) => answer?.outcome === 'done')
    const open = sendings.some(({ answer }) => !answer || answer.outcome === 'unknown')
    const parts = first.steps.flatMap(({ type, path, names = [] }): { what: string; count: number }[] => {
      if (type === 'put' || type === 'delete') {
        return [{ what: path, count: written.has(`${path} ${first.writeId}`) ? 1 : 0 }]
      }
      return type === 'append'
        ? names.map((name) => ({ what: path, count: entries.get(path)?.get(name)?.length ?? 0 }))
        : []
    })
    const path = first.steps[0]?.path ?? ''
    const there = parts.filter(({ count }) => count > 0).length
    if (parts.length === 0) continue
    if (parts.some(({ count }) => count > 1))
      report('duplicated', path, `${first.writeId} of ${first.client} is there twice`)
    if (there > 0 && there < parts.length) {
      const missing = parts.filter(({ count }) => count === 0).map(({ what }) => what)
      report('half', path, `${first.writeId} of ${first.client} is there, but not at ${missing.join(', ')}`)
    }
    if (done && there === 0)
      report('lost', path, `${first.writeId} of ${first.client} was acknowledged and is not there`)
    if (!done && !open && there > 0)
      report('refused', path, `${first.writeId} of ${first.client} was refused and is there`)
  }
  return [...findings, ...checkBalances(final)]
}

/** The balances have to be what the ledgers add up to. */
function checkBalances({ records, logs }: FinalEpoch): Finding[] {
  const due = new Map<string, number>()
  for (const { log, entries } of logs) {
    if (!log.includes('/ledgers/')) continue
    for (const { body } of entries) {
      const { from, to, amount } = transferSchema.parse(JSON.parse(body))
      due.set(from, (due.get(from) ?? 0) - amount)
      due.set(to, (due.get(to) ?? 0) + amount)
    }
  }
  return records.flatMap(({ path, body }) => {
    if (!path.includes('/accounts/')) return []
    const balance = body === undefined ? 0 : accountShape.parse(JSON.parse(body)).balance
    const expected = due.get(path) ?? 0
    if (balance === expected) return []
    const message = `it holds ${balance}, and its ledger adds up to ${expected}`
    return [{ check: 'transact: balance', path, message }]
  })
}
