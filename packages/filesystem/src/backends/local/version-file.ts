import { hash } from 'node:crypto'
import type { AppliedOp, Entry, StoredHead, UpdateInfo, Writer } from '../../filesystem.ts'
import type { RecordState } from '../../record-state.ts'
import type { Version } from '../../version.ts'
import { parseVersion, sequenceOf } from '../../version.ts'
import { bodyProblem, decodeHeaderLine, encodeHeaderLine, isCount, isWriter } from './header-line.ts'
import type { TupleJson } from '../../tuple-json.ts'
import { tupleFromJson, tupleToJson } from '../../tuple-json.ts'

/** A version as it lies on disk: the record's state as of then, and the oldest version that it retains. */
export interface StoredVersion extends RecordState {
  /** Sequence of the oldest version that may still be read; older files may lie about until the next removal. */
  readonly oldest: number
}

export type Decoded =
  | { readonly type: 'valid'; readonly version: StoredVersion }
  /** `torn`: what a power cut leaves of a file that was never synced, as opposed to a file that lies. */
  | { readonly type: 'damaged'; readonly problem: string; readonly torn: boolean }

interface Header {
  readonly version: Version
  readonly state: 'live' | 'deleted'
  readonly kind?: string | undefined
  readonly schemaVersion?: number | undefined
  readonly contentType?: string | undefined
  readonly tuples?: Readonly<Record<string, TupleJson>> | undefined
  readonly writeId: string
  readonly writer: Writer
  readonly time: number
  readonly updates: readonly UpdateInfo[]
  readonly oldest: number
  /** Newest first, this version's own included. */
  readonly writeIds: readonly string[]
  readonly ops: readonly AppliedOp[]
  readonly length: number
  /** Of the body, so that `tail -n +2 | sha256sum` gives the same. */
  readonly sha256: string
}

const NO_BODY = new Uint8Array()

/** One line of JSON metadata, then the body verbatim. The line ends with a digest of itself. */
export function encodeVersionFile(stored: StoredVersion): Uint8Array {
  const { head, writeIds, oldest } = stored
  const entry = head.state === 'live' ? head.entry : undefined
  const body = entry?.body ?? NO_BODY
  const header: Header = {
    version: head.version,
    state: head.state,
    kind: entry?.kind,
    schemaVersion: entry?.schemaVersion,
    contentType: entry?.contentType,
    tuples: entry?.tuples && tuplesToJson(entry.tuples),
    writeId: head.info.writeId,
    writer: head.info.writer,
    time: head.info.time,
    updates: head.info.updates,
    oldest,
    writeIds,
    ops: head.ops,
    length: body.length,
    sha256: hash('sha256', body, 'hex'),
  }
  return Buffer.concat([encodeHeaderLine(header), body])
}

/**
 * Reads a version file and verifies its header, and its body unless only the `header` is wanted (then a live entry has an
 * empty body, and `info.size` tells the real size). An incomplete prefix without a whole header is `damaged`.
 */
export function decodeVersionFile(bytes: Uint8Array, sequence: number, part: 'all' | 'header'): Decoded {
  const line = decodeHeaderLine(bytes)
  if (line.type === 'damaged') return damaged(line.problem, true)
  const { text, body } = line
  try {
    const header: Header = checkHeader(JSON.parse(text))
    if (sequenceOf(header.version) !== sequence) {
      return damaged(`its header is that of v${sequenceOf(header.version)}`, false)
    }
    const problem = part === 'all' ? bodyProblem(body, header.length, header.sha256) : undefined
    if (problem !== undefined) return damaged(problem, true)
    return { type: 'valid', version: toStored(header, part === 'all' ? body : NO_BODY) }
  } catch (error) {
    return damaged(`its header is malformed: ${error instanceof Error ? error.message : String(error)}`, false)
  }
}

function damaged(problem: string, torn: boolean): Decoded {
  return { type: 'damaged', problem, torn }
}

function toStored(header: Header, body: Uint8Array): StoredVersion {
  const { version, writeId, writer, time, updates, ops } = header
  const info = { version, writeId, writer, time, updates, size: header.length }
  const head: StoredHead =
    header.state === 'live'
      ? { state: 'live', version, entry: toEntry(header, body), info, ops }
      : { state: 'deleted', version, info, ops }
  return { head, writeIds: header.writeIds, oldest: header.oldest }
}

function toEntry(header: Header, body: Uint8Array): Entry {
  const tuples = Object.entries(header.tuples ?? {}).map(([name, tuple]) => [name, tupleFromJson(tuple)] as const)
  return {
    body: new Uint8Array(body),
    contentType: header.contentType ?? '',
    ...(header.kind === undefined ? {} : { kind: header.kind }),
    ...(header.schemaVersion === undefined ? {} : { schemaVersion: header.schemaVersion }),
    ...(header.tuples === undefined ? {} : { tuples: Object.fromEntries(tuples) }),
  }
}

function tuplesToJson(tuples: NonNullable<Entry['tuples']>): Record<string, TupleJson> {
  return Object.fromEntries(Object.entries(tuples).map(([name, tuple]) => [name, tupleToJson(tuple)]))
}

// The check vouches for what this code wrote. The shape is checked as well, because a check can be computed by anyone.
function checkHeader(json: unknown): Header {
  const header = json as Header
  const wrong =
    (!['live', 'deleted'].includes(header.state) && 'state') ||
    (header.state === 'live' && typeof header.contentType !== 'string' && 'contentType') ||
    (typeof header.writeId !== 'string' && 'writeId') ||
    (!isWriter(header.writer) && 'writer') ||
    (typeof header.time !== 'number' && 'time') ||
    (!isListOf(header.updates, isUpdate) && 'updates') ||
    (!isListOf(header.writeIds, isText) && 'writeIds') ||
    (!isListOf(header.ops, isOp) && 'ops') ||
    (header.kind !== undefined && !isText(header.kind) && 'kind') ||
    (header.schemaVersion !== undefined && !isCount(header.schemaVersion) && 'schemaVersion') ||
    (!isCount(header.oldest) && 'oldest') ||
    (!isCount(header.length) && 'length')
  if (wrong) throw new TypeError(`Cannot read header: its ${wrong} is missing or wrong`)
  parseVersion(header.version)
  for (const op of header.ops) parseVersion(op.version)
  return header
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function isUpdate(value: Partial<UpdateInfo> | null): boolean {
  if (value === null || typeof value !== 'object') return false
  return (value.opId === undefined || isText(value.opId)) && (value.writer === undefined || isWriter(value.writer))
}

function isOp(value: Partial<AppliedOp> | null): boolean {
  return isText(value?.opId) && isText(value?.version)
}

function isListOf(value: unknown, isItem: (item: never) => boolean): boolean {
  return Array.isArray(value) && value.every((item) => isItem(item as never))
}
