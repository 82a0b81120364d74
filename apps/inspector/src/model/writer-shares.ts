import type { VersionEntry } from './version-entries.ts'

export interface WriterShare {
  /** Empty for all others together. */
  readonly service: string
  readonly versions: number
  /** From 0 to 1. */
  readonly share: number
}

/** Who wrote how many of the versions, most first; those behind the first few together. */
export function writerShares(entries: readonly VersionEntry[], namedMax: number): WriterShare[] {
  const counts = new Map<string, number>()
  let total = 0
  for (const entry of entries) {
    if (entry.type !== 'version') continue
    total++
    const { service } = entry.head.info.writer
    counts.set(service, (counts.get(service) ?? 0) + 1)
  }
  const sorted = [...counts].toSorted(([, a], [, b]) => b - a)
  const others = sorted.slice(namedMax).reduce((sum, [, count]) => sum + count, 0)
  return [...sorted.slice(0, namedMax), ...(others > 0 ? [['', others] as const] : [])].map(([service, versions]) => ({
    service,
    versions,
    share: versions / total,
  }))
}
