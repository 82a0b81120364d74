import type { Change } from '../../filesystem.ts'
import { isBelow } from '../../path.ts'
import type { Version } from '../../version.ts'
import type { Database, Row } from './database.ts'

export type LoggedChange =
  | { readonly type: 'put' | 'delete'; readonly path: string; readonly version: Version }
  | { readonly type: 'compacted'; readonly path: string }

/** A page of the change log by positions; the main thread turns them into cursors. */
export interface LoggedPage {
  readonly changes: readonly (LoggedChange & { readonly position: number })[]
  readonly position: number
  readonly end: boolean
}

const PAGE = 1000
/** Old rows are deleted in lots, so that a write does not delete one each time. */
const LOT = 256

export function logChange(database: Database, change: LoggedChange): void {
  database.run('insertChange', {
    type: change.type,
    path: change.path,
    version: change.type === 'compacted' ? null : change.version,
  })
}

export function lastChange(database: Database): number {
  return Number(database.get('lastChange', {})?.['id'] ?? 0)
}

/** The changes behind a position; undefined when some of them are gone, or when there never was such a position. */
export function readChanges(
  database: Database,
  after: number,
  prefix: string,
  capacity: number,
): LoggedPage | undefined {
  const last = lastChange(database)
  const first = Math.max(Number(database.get('firstChange', {})?.['id'] ?? 1), last - capacity + 1)
  if (after > last || after < first - 1) return undefined
  const rows = database.all('readChanges', { after, limit: PAGE })
  const position = Number(rows.at(-1)?.['id'] ?? after)
  const changes = rows.filter((row) => isBelow(String(row['path']), prefix)).map(changeOf)
  return { changes, position, end: position === last }
}

/** Deletes rows beyond the capacity once there is a lot of them; `all` at once. How many. */
export function dropOldChanges(database: Database, capacity: number, all = false): number {
  const last = lastChange(database)
  const first = Number(database.get('firstChange', {})?.['id'] ?? last)
  const surplus = last - first + 1 - capacity
  if (surplus < (all ? 1 : LOT)) return 0
  return database.run('deleteChanges', { upTo: last - capacity })
}

function changeOf(row: Row): LoggedPage['changes'][number] {
  const position = Number(row['id'])
  const path = String(row['path'])
  const type = String(row['type']) as Exclude<Change['type'], 'gap'>
  return type === 'compacted'
    ? { type, path, position }
    : { type, path, version: String(row['version']) as Version, position }
}
