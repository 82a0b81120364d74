import type { EpochHistory } from '../history/epoch.ts'
import type { FinalEpoch } from '../history/final.ts'
import type { Finding } from '../report.ts'
import { partsOf } from '../workload/places.ts'

/** Whether each update is in the version that its caller was told, and in none when its caller was told that nothing changed. */
export function checkUpdates(history: EpochHistory, final: FinalEpoch): Finding[] {
  const findings: Finding[] = []
  const report = (check: string, path: string, message: string) =>
    findings.push({ check: `updates: ${check}`, path, message })
  const finals = new Map(final.records.map((record) => [record.path, record]))
  const opsOf = opsByVersion(history, final)
  const landed = new Set(
    [...opsOf].flatMap(([key, ops]) => [...ops].map((op) => `${key.slice(0, key.indexOf(' '))} ${op}`)),
  )
  for (const [key, sendings] of Map.groupBy(history.updates, ({ path, op }) => `${path} ${op}`)) {
    for (const { path, op, answer } of sendings) {
      if (answer?.outcome !== 'done' || answer.version === undefined) continue
      const ops = opsOf.get(`${path} ${answer.version}`)
      const known = finals.get(path)
      const oldest = known?.versions.at(-1)?.sequence ?? Number.POSITIVE_INFINITY
      // Of a version that is not retained, and was acknowledged to nobody else, nothing is known.
      const isGone = !ops && known && partsOf(answer.version).sequence < oldest
      if (!isGone && !ops?.has(op))
        report('lost', path, `${op} was acknowledged in ${answer.version}, which is without it`)
    }
    const [first] = sendings
    const open = sendings.some(({ answer }) => !answer || answer.outcome === 'done' || answer.outcome === 'unknown')
    if (first && !open && landed.has(key)) {
      report('refused', first.path, `${first.op} changed nothing, as its caller was told, and is in a version`)
    }
  }
  return findings
}

/** The updates in each version. What is retained is believed rather than what was acknowledged. */
function opsByVersion(history: EpochHistory, final: FinalEpoch): Map<string, ReadonlySet<string>> {
  const all = new Map<string, ReadonlySet<string>>()
  for (const { path, version, ops } of history.writes) {
    if (version !== undefined) all.set(`${path} ${version}`, new Set(ops))
  }
  for (const { path, versions } of final.records) {
    for (const { version, ops } of versions) all.set(`${path} ${version}`, new Set(ops))
  }
  return all
}
