import { WRITE_IDS_KEPT } from '@latchless/filesystem'
import type { EpochHistory, Write } from '../history/epoch.ts'
import type { FinalEpoch } from '../history/final.ts'
import type { SeenHead } from '../history/lines.ts'
import { partsOf } from '../workload/places.ts'

/**
 * A record recognises a write that is sent again while it remembers its writeId. Later the same sending is a new write,
 * and that is what it becomes here: it gets a name of its own wherever it is seen. What lands again nearer, or more often
 * than it was sent, keeps its name and is found by the checks.
 */
export function tellApartLateLandings(
  history: EpochHistory,
  final: FinalEpoch,
): { readonly history: EpochHistory; readonly final: FinalEpoch } {
  const sendings = Map.groupBy(history.writes, ({ path, writeId }) => keyOf(path, writeId))
  const names = new Map<string, string>()
  const late: Write[] = []
  for (const [key, landings] of landingsOf(history, final)) {
    const sent = sendings.get(key) ?? []
    const [first] = sent
    const groups = apart(landings)
    if (!first || groups.length === 1 || groups.length > sent.length) continue
    for (const group of groups.slice(1)) {
      const writeId = `${first.writeId} again in v${group[0]}`
      for (const sequence of group) names.set(`${key} ${sequence}`, writeId)
      const { client, path, expect, digest, tuple } = first
      const start = Math.min(...sent.map((sending) => sending.start))
      late.push({ client, path, start, writeId, expect, digest, tuple, ops: [], outcome: 'unknown' })
    }
  }
  if (late.length === 0) return { history, final }
  const named = <Seen extends Partial<SeenHead>>(path: string, seen: Seen): Seen => {
    const { writeId, version } = seen
    if (writeId === undefined || version === undefined) return seen
    const name = names.get(`${keyOf(path, writeId)} ${partsOf(version).sequence}`)
    return name === undefined ? seen : { ...seen, writeId: name }
  }
  const writes = history.writes.map((write) => ({
    ...named(write.path, write),
    ...(write.current ? { current: named(write.path, write.current) } : {}),
  }))
  return {
    history: {
      ...history,
      writes: [...writes, ...late],
      gets: history.gets.map((get) => ({ ...get, seen: named(get.path, get.seen) })),
    },
    final: {
      ...final,
      records: final.records.map((record) => ({
        ...record,
        versions: record.versions.map((version) => named(record.path, version)),
      })),
    },
  }
}

function keyOf(path: string, writeId: string): string {
  return `${path} ${writeId}`
}

/** The versions as which each write was acknowledged, is retained, or was seen. */
function landingsOf(history: EpochHistory, final: FinalEpoch): Map<string, number[]> {
  const landings = new Map<string, Set<number>>()
  const learn = (path: string, { version, writeId }: Partial<SeenHead>) => {
    if (version === undefined || writeId === undefined) return
    const key = keyOf(path, writeId)
    landings.set(key, (landings.get(key) ?? new Set()).add(partsOf(version).sequence))
  }
  for (const { path, versions } of final.records) for (const version of versions) learn(path, version)
  for (const { path, seen } of history.gets) learn(path, seen)
  for (const { path, version, writeId, current } of history.writes) {
    learn(path, { version, writeId })
    if (current) learn(path, current)
  }
  return new Map([...landings].map(([key, sequences]) => [key, [...sequences].toSorted((a, b) => a - b)]))
}

/** Versions in groups that are further from each other than a record remembers. */
function apart(sequences: readonly number[]): number[][] {
  const groups: number[][] = []
  for (const [at, sequence] of sequences.entries()) {
    const before = sequences[at - 1]
    if (before !== undefined && sequence - before <= WRITE_IDS_KEPT) groups.at(-1)?.push(sequence)
    else groups.push([sequence])
  }
  return groups
}
