import {
  type DeletedHead,
  type ListHead,
  type ListItem,
  type LiveHead,
  sequenceOf,
  type Tuple,
  type UpdateInfo,
  UNVERSIONED,
  type Version,
  type VersionInfo,
} from '@latchless/filesystem'
import type { Body } from './body.ts'
import type { DirectoryRow, MetaRow, RecordRow, ValueRow, VersionRow } from '../output/rows.ts'

/** The rows of one listed item: the record at the path, the directory below it, or both. */
export function rowsOfItem(item: ListItem): (RecordRow | DirectoryRow)[] {
  const rows: (RecordRow | DirectoryRow)[] = []
  if (item.head) rows.push({ type: 'record', v: 1, ...stored(item.path, item.head.state, item.head.info, item.head) })
  if (item.directory) rows.push({ type: 'directory', v: 1, path: item.path })
  return rows
}

export function versionRow(path: string, head: ListHead): VersionRow {
  return { type: 'version', v: 1, ...stored(path, head.state, head.info, head), updates: updateRows(head.info.updates) }
}

export function metaRow(path: string, head: LiveHead | DeletedHead): MetaRow {
  return { type: 'meta', v: 1, ...described(path, head) }
}

export function valueRow(path: string, head: LiveHead, body: Body): ValueRow {
  return { type: 'value', v: 1, ...described(path, head), ...encoded(body) }
}

/** The number people see, or null where the store has no versions. */
export function shownVersion(version: Version): number | null {
  return version === UNVERSIONED ? null : sequenceOf(version)
}

function described(path: string, head: LiveHead | DeletedHead) {
  const entry = head.state === 'live' ? head.entry : undefined
  const tuples = Object.entries(entry?.tuples ?? {}).map(([name, tuple]) => [name, tupleRow(tuple)] as const)
  return {
    ...stored(path, head.state, head.info, entry ?? {}),
    updates: updateRows(head.info.updates),
    tuples: Object.fromEntries(tuples),
  }
}

interface Described {
  readonly kind?: string | undefined
  readonly schemaVersion?: number | undefined
  readonly contentType?: string | undefined
}

function stored(path: string, state: 'live' | 'deleted', info: VersionInfo, entry: Described) {
  return {
    path,
    state,
    version: shownVersion(info.version),
    token: info.version,
    kind: entry.kind ?? null,
    schemaVersion: entry.schemaVersion ?? null,
    contentType: entry.contentType ?? null,
    size: info.size,
    time: isoTime(info.time),
    writer: { service: info.writer.service, host: info.writer.host, pid: info.writer.pid },
    writeId: info.writeId,
  }
}

// A writer's clock can be anything, and `toISOString` throws outside of its range. Zod's datetime has four-digit years.
function isoTime(time: number): string | null {
  return time >= 0 && time < YEAR_10000 ? new Date(time).toISOString() : null
}

const YEAR_10000 = Date.UTC(10000, 0)

function updateRows(updates: readonly UpdateInfo[]): VersionRow['updates'] {
  return updates.map(({ opId, writer }) => ({
    opId: opId ?? null,
    writer: writer ? { service: writer.service, host: writer.host, pid: writer.pid } : null,
  }))
}

function tupleRow(tuple: Tuple) {
  return tuple.map((element) =>
    element instanceof Uint8Array ? { b64: Buffer.from(element).toString('base64') } : element,
  )
}

function encoded(body: Body): Pick<ValueRow, 'encoding' | 'value'> {
  switch (body.type) {
    case 'json':
      return { encoding: 'json', value: body.value }
    case 'text':
      return { encoding: 'text', value: body.text }
    case 'binary':
      return { encoding: 'b64', value: Buffer.from(body.bytes).toString('base64') }
  }
}
