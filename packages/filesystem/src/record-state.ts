import { deepFreeze } from './freeze.ts'
import { meets } from './expectation.ts'
import type { AppliedOp, Entry, Expectation, Head, StoredHead, UpdateInfo, Writer, WriteResult } from './filesystem.ts'
import { WRITE_IDS_KEPT } from './filesystem.ts'
import type { Version } from './version.ts'
import { formatVersion, generationOf, nextVersion, sequenceOf } from './version.ts'

/**
 * What a backend keeps of a record besides old bodies: the head and the ring of the last write ids. Pure, and shared by the
 * backends, so that preconditions, replays and rings mean the same everywhere.
 */
export interface RecordState {
  readonly head: StoredHead
  /** Newest first, without gaps: entry i belongs to sequence (head − i). At most {@link WRITE_IDS_KEPT}. */
  readonly writeIds: readonly string[]
}

/** One write, completely described. `entry` undefined is a delete. */
export interface Write {
  readonly entry: Entry | undefined
  readonly expect: Expectation
  readonly writeId: string
  readonly writer: Writer
  readonly time: number
  readonly updates: readonly UpdateInfo[]
}

export type Verdict =
  | { readonly type: 'write' }
  | { readonly type: 'replayed'; readonly result: WriteResult }
  | { readonly type: 'mismatch'; readonly current: Head }
  /** A delete under `any` that found nothing live. */
  | { readonly type: 'nothing' }

/**
 * Decides what a write meets: its own earlier landing, a lost precondition, or a free way. A delete, besides what it
 * expects, needs something live.
 */
export function judge(state: RecordState | undefined, write: Pick<Write, 'entry' | 'expect' | 'writeId'>): Verdict {
  const replayed = state && landedAs(state, write.writeId)
  if (replayed) return { type: 'replayed', result: { version: replayed, writeId: write.writeId, replayed: true } }
  const head: Head = state?.head ?? { state: 'unwritten' }
  const possible = write.entry !== undefined || head.state === 'live'
  if (possible && meets(head, write.expect)) return { type: 'write' }
  return !possible && write.expect.type === 'any' ? { type: 'nothing' } : { type: 'mismatch', current: head }
}

/** The version a writeId landed as, while the ring remembers it. */
function landedAs(state: RecordState, writeId: string): Version | undefined {
  const age = state.writeIds.indexOf(writeId)
  if (age < 0) return undefined
  return formatVersion(sequenceOf(state.head.version) - age, generationOf(state.head.version))
}

/** The state after a write that {@link judge} let through. `newGeneration` is called on the first write of a path only. */
export function applyWrite(state: RecordState | undefined, write: Write, newGeneration: () => string): RecordState {
  const version = state ? nextVersion(state.head.version) : formatVersion(1, newGeneration())
  const info = {
    version,
    writeId: write.writeId,
    writer: copyWriter(write.writer),
    time: write.time,
    size: write.entry?.body.length ?? 0,
    updates: write.updates.map(copyUpdate),
  }
  // Frozen, because heads are handed out and what is stored must not change without a version.
  const ops = deepFreeze(nextOps(state?.head.ops ?? [], version, write.updates))
  deepFreeze(info)
  const head: StoredHead = write.entry
    ? { state: 'live', version, entry: write.entry, info, ops }
    : { state: 'deleted', version, info, ops }
  return { head, writeIds: [write.writeId, ...(state?.writeIds ?? [])].slice(0, WRITE_IDS_KEPT) }
}

// Field by field: what a caller may have put beside them is not stored.
function copyWriter({ service, host, pid }: Writer): Writer {
  return { service, host, pid }
}

function copyUpdate({ opId, writer }: UpdateInfo): UpdateInfo {
  return { ...(opId === undefined ? {} : { opId }), ...(writer === undefined ? {} : { writer: copyWriter(writer) }) }
}

/** The opIds that a record remembers after a write of these updates, newest first. */
export function nextOps(
  ops: readonly AppliedOp[],
  version: Version,
  updates: readonly UpdateInfo[],
): readonly AppliedOp[] {
  const added = updates.flatMap(({ opId }) => (opId === undefined ? [] : [{ opId, version }]))
  const horizon = sequenceOf(version) - WRITE_IDS_KEPT
  const kept = ops.filter((op) => sequenceOf(op.version) > horizon)
  return [...added, ...kept]
}

/** The version that holds an opId, the first one if several do. */
export function versionOfOp(head: Head, opId: string): Version | undefined {
  return head.state === 'unwritten' ? undefined : head.ops.findLast((op) => op.opId === opId)?.version
}
