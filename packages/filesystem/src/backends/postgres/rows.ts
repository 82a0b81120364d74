import { FilesystemError } from '../../errors.ts'
import type {
  AppliedOp,
  Entry,
  Head,
  ListHead,
  StoredHead,
  Tuple,
  UpdateInfo,
  VersionInfo,
  Writer,
} from '../../filesystem.ts'
import { listHead } from '../../head.ts'
import { decodeTuple } from '../../tuple.ts'
import { formatVersion } from '../../version.ts'
import type { Row } from './statement.ts'

/** The columns of a head, read from the row or composite value `r`; without the body when that is not asked for. */
export function headColumns(r: string, body: 'body' | 'size'): string {
  return `${r}.sequence AS head_sequence, ${r}.generation AS head_generation, ${r}.live AS head_live,
    ${r}.write_id AS head_write_id, (extract(epoch FROM ${r}.time) * 1000)::bigint AS head_time,
    ${r}.content_type AS head_content_type, ${r}.kind AS head_kind, ${r}.schema_version AS head_schema_version,
    ${r}.index_names AS head_index_names, ${r}.index_tuples AS head_index_tuples,
    ${r}.writer AS head_writer, ${r}.updates AS head_updates,
    ${body === 'body' ? `${r}.body AS head_body` : `octet_length(${r}.body) AS head_size`}`
}

/** The head that a function answers a lost precondition with: JSON, and the body beside it. */
export function currentHeadOf(path: string, row: Row): Head {
  const head = row['head'] as Row | null
  if (head === null) return { state: 'unwritten' }
  const hex = head['head_index_tuples'] as readonly string[] | null
  const tuples = hex && hex.map((tuple) => Buffer.from(tuple, 'hex'))
  return storedHeadOf(path, { ...head, head_index_tuples: tuples, head_body: row['body'] })
}

/** @throws {FilesystemError} `corrupt` when the row is not one that this program writes. */
export function storedHeadOf(path: string, row: Row): StoredHead {
  try {
    const info = infoOf(row)
    const ops = opsOf(row)
    const version = info.version
    return row['head_live'] === true
      ? { state: 'live', version, entry: entryOf(row), info, ops }
      : { state: 'deleted', version, info, ops }
  } catch (cause) {
    throw new FilesystemError('corrupt', `Cannot get ${JSON.stringify(path)}: its row is damaged`, {
      path,
      operation: 'get',
      cause,
    })
  }
}

/** The head in a row of a listing or history. */
export function listHeadOf(path: string, row: Row, bodies: boolean): ListHead {
  return listHead(storedHeadOf(path, row), bodies)
}

function infoOf(row: Row): VersionInfo {
  const writer = row['head_writer'] as Writer
  const body = row['head_body']
  return {
    version: formatVersion(Number(row['head_sequence']), String(row['head_generation'])),
    writeId: String(row['head_write_id']).replaceAll('-', ''),
    writer,
    time: Number(row['head_time']),
    size: body instanceof Uint8Array ? body.length : Number(row['head_size'] ?? 0),
    updates: (row['head_updates'] as readonly UpdateInfo[] | null) ?? [{ writer }],
  }
}

function entryOf(row: Row): Entry {
  const names = row['head_index_names'] as readonly string[] | null
  const tuples = row['head_index_tuples'] as readonly Uint8Array[] | null
  const body = row['head_body']
  return {
    body: body instanceof Uint8Array ? Uint8Array.from(body) : new Uint8Array(),
    contentType: String(row['head_content_type']),
    ...(row['head_kind'] === null ? {} : { kind: row['head_kind'] as string }),
    ...(row['head_schema_version'] === null ? {} : { schemaVersion: Number(row['head_schema_version']) }),
    ...(names === null || tuples === null ? {} : { tuples: tuplesOf(names, tuples) }),
  }
}

function tuplesOf(names: readonly string[], tuples: readonly Uint8Array[]): Record<string, Tuple> {
  return Object.fromEntries(names.map((name, at) => [name, decodeTuple(tuples[at] ?? new Uint8Array())]))
}

function opsOf(row: Row): readonly AppliedOp[] {
  const stored = (row['head_ops'] as readonly (readonly [number, readonly string[]])[] | null | undefined) ?? []
  return stored.flatMap(([sequence, opIds]) =>
    opIds.map((opId) => ({ opId, version: formatVersion(sequence, String(row['head_generation'])) })),
  )
}
