import { type ListHead, type ListItem, sequenceOf, UNVERSIONED, type Version, type Writer } from '@latchless/filesystem'
import type { FilteredRow } from './record-filter.ts'

/**
 * One line of a listing: a record, a tombstone, a record that cannot be read, or only a directory (`none`). At an earlier time
 * a record may have been `unwritten`, or what it was is not retained (`pruned`) or not known yet (`unread`).
 */
export interface ListedRow extends Omit<FilteredRow, 'state'> {
  readonly state: FilteredRow['state'] | 'none' | 'unwritten' | 'pruned' | 'unread'
  /** Something is stored below the path. Known in a listing of children only. */
  readonly directory: boolean
  /** What a write on top of it expects. Absent where nothing readable is stored. */
  readonly token: Version | undefined
  /** Why it cannot be read. */
  readonly problem?: string
}

export function listedRow({ path, head, directory }: ListItem): ListedRow {
  if (!head) return emptyRow(path, 'none', directory)
  return { path, directory, ...rowOfHead(head) }
}

export function damagedRow(path: string, problem: string): ListedRow {
  return { ...emptyRow(path, 'damaged', false), problem }
}

/** A row about whose content there is nothing to say. */
export function emptyRow(path: string, state: ListedRow['state'], directory: boolean): ListedRow {
  return { ...NOTHING, path, state, directory }
}

/** Whether it is something that a filter can look at. */
export function isFiltered(row: ListedRow): row is ListedRow & FilteredRow {
  return row.state === 'live' || row.state === 'deleted' || row.state === 'damaged'
}

export function rowOfHead({ state, info, kind }: ListHead): Omit<ListedRow, 'path' | 'directory'> {
  return {
    state,
    version: info.version === UNVERSIONED ? null : sequenceOf(info.version),
    token: info.version,
    kind: kind ?? null,
    size: info.size,
    timeMs: info.time,
    writer: writerOf(info.writer),
  }
}

export function writerOf({ service, host, pid }: Writer): string {
  return `${service}@${host}:${pid}`
}

const NOTHING = { version: null, token: undefined, kind: null, size: 0, timeMs: Number.NaN, writer: '' } as const
