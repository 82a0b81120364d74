import {
  CompactedError,
  type Entry,
  type Filesystem,
  isSealed,
  type ListItem,
  sequenceOf,
  systemRuntime,
  UNVERSIONED,
} from '@latchless/filesystem'
import { kindView } from '../kinds/registry.ts'
import { walkItems } from '../model/walk-items.ts'
import { isCorrupt, type ReportDamage } from '../model/walk-page.ts'
import { walkVersions, type WalkedVersion } from '../model/walk-versions.ts'
import type { ExaminedRecord, RecordExaminer, WalkTotals } from './record-examiner.ts'
import type { Subject } from './subject.ts'

/** A history costs as much as many records, so that of one record in ten is looked at. */
const RECORDS_PER_HISTORY = 10
const RECORDS_PER_TURN = 100
/** No backend retains more. */
const VERSIONS_MAX = 2000

/**
 * The one walk over the store that all checks of records share: a page in memory at a time, each body read once. A record that
 * cannot be read is told to the examiners, and the walk goes on behind it.
 */
export async function walkRecords(
  subject: Subject & { readonly store: Filesystem },
  examiners: readonly RecordExaminer[],
  onProgress: (records: number) => void,
): Promise<WalkTotals> {
  const { store, recordsMax, signal } = subject
  const totals = { records: 0, tombstones: 0, histories: 0, versions: 0, isSample: false }
  const historiesMax = Math.ceil(recordsMax / RECORDS_PER_HISTORY)
  let bodiesLeft = recordsMax
  const damaged: ReportDamage = async (error) => {
    for (const examiner of examiners) examiner.damage?.(error)
  }
  try {
    // One more than is looked at tells that there is more.
    const options = { depth: 'descendants', deleted: true, bodies: true, limit: recordsMax + 1, signal } as const
    for await (const item of walkItems(store, '/', options, damaged)) {
      signal.throwIfAborted()
      if (totals.records + totals.tombstones === recordsMax) {
        totals.isSample = true
        break
      }
      const record = await examine(item)
      if (!record) continue
      if (record.head.state === 'live') totals.records++
      else totals.tombstones++
      for (const examiner of examiners) await examiner.record?.(record)
      if (totals.histories < historiesMax && hasHistory(store, record)) {
        const versions = await retained(store, record.path, damaged)
        totals.histories++
        totals.versions += versions.length
        for (const examiner of examiners) await examiner.history?.(record, versions)
        const superseded = versions.slice(1, bodiesLeft + 1)
        bodiesLeft -= superseded.length
        await readBodies(store, record.path, superseded, damaged)
      }
      const seen = totals.records + totals.tombstones
      onProgress(seen)
      // A store in memory answers at once, and keys and frames want their turn.
      if (seen % RECORDS_PER_TURN === 0) await systemRuntime.turn()
    }
    return totals
  } catch (error) {
    signal.throwIfAborted()
    return { ...totals, error }
  }
}

async function examine({ path, head }: ListItem): Promise<ExaminedRecord | undefined> {
  if (!head) return undefined
  const { entry } = head
  const sealed = entry !== undefined && isSealed(entry.body)
  const view = await kindView(head.kind)
  const read = view && entry && !sealed ? decode(view.type, entry, path) : {}
  return { path, head, isSealed: sealed, view, ...read }
}

function decode(
  type: { decode(entry: Entry, path: string): unknown },
  entry: Entry,
  path: string,
): { readonly value: unknown } | { readonly problem: unknown } {
  try {
    return { value: type.decode(entry, path) }
  } catch (problem) {
    return { problem }
  }
}

function hasHistory(store: Filesystem, { path, head }: ExaminedRecord): boolean {
  const { version } = head.info
  return version !== UNVERSIONED && sequenceOf(version) > 1 && store.capabilities(path).history
}

async function retained(store: Filesystem, path: string, damaged: ReportDamage): Promise<WalkedVersion[]> {
  const versions: WalkedVersion[] = []
  for await (const version of walkVersions(store, path, damaged)) {
    versions.push(version)
    if (versions.length === VERSIONS_MAX) break
  }
  return versions
}

/** A history has no bodies, so damage to one of them shows only when its version is read. */
async function readBodies(
  store: Filesystem,
  path: string,
  versions: readonly WalkedVersion[],
  damaged: ReportDamage,
): Promise<void> {
  for (const { sequence, head } of versions) {
    // What has no head was told of already.
    if (!head) continue
    try {
      await store.getVersion(path, sequence)
    } catch (error) {
      // It may have been pruned since it was listed.
      if (error instanceof CompactedError) continue
      if (!isCorrupt(error)) throw error
      await damaged(error)
    }
  }
}
