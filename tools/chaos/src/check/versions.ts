import type { RecordedFinal, RecordedOperation } from '@latchless/filesystem/testing'
import { checkVersions } from '@latchless/filesystem/testing'
import type { EpochHistory, Write } from '../history/epoch.ts'
import type { FinalEpoch, FinalRecord } from '../history/final.ts'
import type { Finding } from '../report.ts'
import { partsOf } from '../workload/places.ts'

/** What the version checker of the testing kit says, and what it cannot know: expectations, generations and contents. */
export function checkRecordVersions(history: EpochHistory, final: FinalEpoch): Finding[] {
  const operations = [...history.writes.flatMap(operationsOf), ...history.gets.map(readOf)]
  const finals = final.records.map(finalOf)
  const known = checkVersions({ operations, finals }).map(({ condition, path, message }) => ({
    check: `versions: ${condition}`,
    path,
    message: message.replace(`${path}: `, ''),
  }))
  return [...known, ...checkTokens(history, final)]
}

/** Unknown writes of which nothing tells whether they landed: those of a record that has versions without a writer. */
export function countUnresolved(history: EpochHistory, final: FinalEpoch): number {
  const writes = Map.groupBy(history.writes, ({ path }) => path)
  const gets = Map.groupBy(history.gets, ({ path }) => path)
  let unresolved = 0
  for (const { path, sequence, versions } of final.records) {
    const mine = writes.get(path) ?? []
    const seen = [
      ...versions,
      ...(gets.get(path) ?? []).map((get) => get.seen),
      ...mine.flatMap((write) => write.current ?? []),
    ]
    const named = seen.filter(({ writeId }) => writeId !== undefined)
    const known = new Set([...named, ...mine].flatMap(({ version }) => version ?? []))
    if (known.size >= sequence) continue
    const placed = new Set(named.map(({ writeId }) => writeId))
    const open = mine.filter(({ outcome, writeId }) => outcome === 'unknown' && !placed.has(writeId))
    unresolved += new Set(open.map(({ writeId }) => writeId)).size
  }
  return unresolved
}

function operationsOf(write: Write): RecordedOperation[] {
  const { client: process, path, start, end, writeId, outcome, version, current } = write
  switch (outcome) {
    case 'done':
      return version === undefined
        ? []
        : [{ process, path, type: 'write', start, end, sequence: partsOf(version).sequence, writeId }]
    case 'unknown':
      return [{ process, path, type: 'write', start, writeId }]
    case 'lost':
      return current ? [readOf({ client: process, path, start, end: end ?? start, seen: current })] : []
    case 'nothing':
    case 'refused':
      return []
  }
}

function readOf({ client, path, start, end, seen }: EpochHistory['gets'][number]): RecordedOperation {
  const sequence = seen.version === undefined ? 0 : partsOf(seen.version).sequence
  return { process: client, path, type: 'read', start, end, sequence, writeId: seen.writeId }
}

function finalOf({ path, sequence, versions }: FinalRecord): RecordedFinal {
  return {
    path,
    sequence,
    versions: versions.map(({ sequence: of, writeId, digest }) => ({ sequence: of, writeId, digest })),
  }
}

function checkTokens(history: EpochHistory, final: FinalEpoch): Finding[] {
  const findings: Finding[] = []
  const report = (path: string, message: string) => findings.push({ check: 'tokens', path, message })
  const written = new Map(history.writes.map((write) => [`${write.path} ${write.writeId}`, write]))
  const generations = new Map<string, string>()
  const check = (path: string, token: string, writeId: string | undefined, digest: string | undefined) => {
    const { generation } = partsOf(token)
    const other = generations.get(path) ?? generation
    generations.set(path, other)
    if (other !== generation) report(path, `versions of two generations were seen: ${token} beside ${other}`)
    const write = writeId === undefined ? undefined : written.get(`${path} ${writeId}`)
    if (digest !== undefined && write && write.digest !== digest) {
      report(path, `${token} holds another body than its write ${writeId}`)
    }
  }
  for (const { path, seen } of history.gets) {
    if (seen.version !== undefined) check(path, seen.version, seen.writeId, seen.digest)
  }
  for (const { path, version, expect, current } of history.writes) {
    if (current?.version !== undefined) check(path, current.version, current.writeId, current.digest)
    if (version === undefined) continue
    check(path, version, undefined, undefined)
    const before = expect.includes('.') ? partsOf(expect).sequence : expect === 'unwritten' ? 0 : undefined
    if (before !== undefined && partsOf(version).sequence !== before + 1) {
      report(path, `a write that expected ${expect} made ${version}`)
    }
  }
  for (const { path, sequence, versions } of final.records) {
    for (const [at, { version, writeId, digest, sequence: own }] of versions.entries()) {
      check(path, version, writeId, digest)
      if (own !== sequence - at) report(path, `the history tells v${own} where v${sequence - at} belongs`)
    }
    if (sequence > 0 && versions.length === 0) report(path, 'the history is empty')
  }
  return findings
}
