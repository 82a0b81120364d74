import { crc32 } from 'node:zlib'
import type { Entry, StoredHead, UpdateInfo, Writer } from '../../filesystem.ts'
import type { Version } from '../../version.ts'
import { formatVersion, sequenceOf } from '../../version.ts'
import type { TupleJson } from '../../tuple-json.ts'
import { tupleFromJson, tupleToJson } from '../../tuple-json.ts'
import type { Parameters, Row } from './database.ts'
import { corruptRecord } from './sqlite-failure.ts'

interface Meta {
  readonly writer: Writer
  readonly updates: readonly UpdateInfo[]
  readonly contentType?: string | undefined
  readonly kind?: string | undefined
  readonly schemaVersion?: number | undefined
  readonly tuples?: Readonly<Record<string, TupleJson>> | undefined
}

const NO_BODY = new Uint8Array()

/** A head as columns. The digest binds the body and the metadata to the version. */
export function encodeHead(head: StoredHead): Parameters & { readonly body: Uint8Array | null } {
  const { version, info } = head
  const entry = head.state === 'live' ? head.entry : undefined
  const meta = JSON.stringify({ writer: info.writer, updates: info.updates, ...(entry && describeEntry(entry)) })
  const body = entry?.body ?? null
  return {
    sequence: sequenceOf(version),
    state: entry ? 1 : 0,
    writeId: info.writeId,
    time: info.time,
    size: info.size,
    meta,
    ops: JSON.stringify(head.ops.map((op) => [op.opId, sequenceOf(op.version)])),
    digest: digestOf(version, info.writeId, info.time, meta, body),
    body,
  }
}

/** Where a row comes from, for the error of a damaged one. */
interface RowOrigin {
  readonly operation: string
  readonly path: string
  readonly generation: string
}

/**
 * Reads a row. With `part` `meta` the body is left empty and the digest unchecked, because the body is not at hand.
 *
 * @throws {FilesystemError} `corrupt` when the metadata does not parse or the digest differs.
 */
function decodeRow(origin: RowOrigin, row: Row, part: 'all' | 'meta'): StoredHead {
  const { operation, path } = origin
  try {
    const version = formatVersion(Number(row['sequence']), origin.generation)
    const meta = checkMeta(JSON.parse(String(row['meta'])), row['state'] === 1)
    const writeId = String(row['write_id'])
    const time = Number(row['time'])
    const body = row['body'] instanceof Uint8Array ? row['body'] : null
    if (part === 'all' && row['digest'] !== digestOf(version, writeId, time, String(row['meta']), body)) {
      throw new TypeError('Cannot read row: its bytes differ from their digest')
    }
    const { writer, updates } = meta
    const info = { version, writeId, writer, time, size: Number(row['size']), updates }
    const ops = row['ops'] === undefined ? [] : decodeOps(String(row['ops']), origin.generation)
    if (row['state'] !== 1) return { state: 'deleted', version, info, ops }
    return { state: 'live', version, entry: entryOf(meta, body ?? NO_BODY), info, ops }
  } catch (cause) {
    throw corruptRecord(operation, path, 'what is stored of it is damaged; restore it from a backup', cause)
  }
}

/** Reads a row that carries its generation. */
export function decodeHeadRow(operation: string, path: string, row: Row, part: 'all' | 'meta'): StoredHead {
  return decodeRow({ operation, path, generation: String(row['generation']) }, row, part)
}

/** Of the bytes of a log entry. */
export function digestOfEntry(sequence: number, body: Uint8Array): number {
  return crc32(body, sequence >>> 0)
}

function digestOf(version: Version, writeId: string, time: number, meta: string, body: Uint8Array | null): number {
  const head = crc32(`${version}\n${writeId}\n${time}\n${meta}\n`)
  return body ? crc32(body, head) : head
}

function describeEntry({ contentType, kind, schemaVersion, tuples }: Entry): Omit<Meta, 'writer' | 'updates'> {
  if (!tuples) return { contentType, kind, schemaVersion }
  const json = Object.entries(tuples).map(([name, tuple]) => [name, tupleToJson(tuple)] as const)
  return { contentType, kind, schemaVersion, tuples: Object.fromEntries(json) }
}

function entryOf(meta: Meta, body: Uint8Array): Entry {
  const { contentType = '', kind, schemaVersion, tuples } = meta
  const decoded = tuples && Object.entries(tuples).map(([name, tuple]) => [name, tupleFromJson(tuple)] as const)
  return {
    body,
    contentType,
    ...(kind === undefined ? {} : { kind }),
    ...(schemaVersion === undefined ? {} : { schemaVersion }),
    ...(decoded === undefined ? {} : { tuples: Object.fromEntries(decoded) }),
  }
}

function decodeOps(text: string, generation: string): StoredHead['ops'] {
  if (text === '[]') return []
  const pairs = JSON.parse(text) as readonly (readonly [string, number])[]
  return pairs.map(([opId, sequence]) => ({ opId, version: formatVersion(sequence, generation) }))
}

function checkMeta(json: unknown, live: boolean): Meta {
  const meta = json as Meta | null
  const whole =
    typeof meta?.writer?.service === 'string' &&
    Array.isArray(meta.updates) &&
    (!live || typeof meta.contentType === 'string')
  if (!whole) throw new TypeError('Cannot read row: its metadata is incomplete')
  return meta
}
