import type { EpochHistory, Write } from '../history/epoch.ts'
import type { FinalVersion } from '../history/final.ts'
import type { RegisterOperation } from './register.ts'

export interface SightsOptions {
  readonly sights: EpochHistory['sights']
  readonly writes: readonly Write[]
  readonly versions: readonly FinalVersion[]
  /** The updates that decided to remove. */
  readonly removing: ReadonlySet<string>
}

/**
 * What each `apply` saw of one register, as reads of the state that a write made. A value from the middle of a batch counts
 * as that of the batch. Who made what it saw may be open; then it tells nothing. A value that no write made is `foreign`.
 */
export function readsOfSights({ sights, writes, versions, removing }: SightsOptions): {
  readonly reads: readonly RegisterOperation[]
  readonly foreign: EpochHistory['sights']
} {
  const retained = new Set(versions.map(({ writeId }) => writeId))
  const landed = writes.filter(({ outcome, writeId }) => outcome === 'done' || retained.has(writeId))
  const makers = new Map<string, Set<string>>()
  for (const { writeId, digest, ops } of landed) {
    for (const key of digest === undefined ? ops : [digest, ...ops]) {
      makers.set(key, (makers.get(key) ?? new Set()).add(writeId))
    }
  }
  // While such a batch was on its way the record was absent for those behind the removal in it, and for nobody else.
  const absentInside = landed.filter(({ digest, ops }) => digest !== undefined && ops.some((op) => removing.has(op)))
  const reads: RegisterOperation[] = []
  const foreign: EpochHistory['sights'][number][] = []
  for (const sight of sights) {
    const { client, start, end, name = '', digest } = sight
    if (digest === undefined) {
      const inside = absentInside.some((write) => write.start <= end && (write.end ?? Infinity) >= start)
      if (!inside) reads.push({ client, start, end, type: 'read', seen: { live: false } })
      continue
    }
    const [maker, ...more] = new Set([...(makers.get(digest) ?? []), ...(makers.get(name) ?? [])])
    if (maker === undefined) foreign.push(sight)
    else if (more.length === 0) reads.push({ client, start, end, type: 'read', seen: { write: maker } })
  }
  return { reads, foreign }
}
