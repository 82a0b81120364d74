import { WRITE_IDS_KEPT } from '@latchless/filesystem'
import type { EpochHistory } from '../history/epoch.ts'
import type { FinalEpoch } from '../history/final.ts'
import type { Finding } from '../report.ts'
import { partsOf } from '../workload/places.ts'

/** Whether an opId is in one version of a record only, as long as the record remembers it. */
export function checkOps(history: EpochHistory, final: FinalEpoch): Finding[] {
  const versions = new Map<string, Set<number>>()
  const learn = (path: string, ops: readonly string[], sequence: number) => {
    for (const op of ops) {
      const key = `${path} ${op}`
      const known = versions.get(key) ?? new Set()
      versions.set(key, known.add(sequence))
    }
  }
  for (const { path, ops, version } of history.writes) {
    if (version !== undefined) learn(path, ops, partsOf(version).sequence)
  }
  for (const { path, versions: kept } of final.records) {
    for (const { ops, sequence } of kept) learn(path, ops, sequence)
  }
  return [...versions].flatMap(([key, sequences]) => {
    const [path = '', op = ''] = key.split(' ')
    const sorted = [...sequences].toSorted((a, b) => a - b)
    const again = sorted.find((sequence, at) => at > 0 && sequence - (sorted[at - 1] ?? 0) <= WRITE_IDS_KEPT)
    return again === undefined
      ? []
      : [{ check: 'ops', path, message: `${op} is in v${sorted[0]} and again in v${again}` }]
  })
}
