import { type Filesystem, FilesystemError, type StoredHead } from '@latchless/filesystem'
import { type ListCells, listCells } from './list-cells.ts'
import { isKnownKind, kindView } from './registry.ts'

/** A larger body is not read for a few cells. */
const BODY_BYTES_MAX = 64 * 1024
/** What a list may read at once. */
export const READS_AT_ONCE = 8

/** What a listing knows of a version of a record. */
export interface ListedVersion {
  readonly path: string
  readonly state: string
  /** Null in a store without versions, which keeps no kinds either. */
  readonly version: number | null
  readonly token: string | undefined
  readonly kind: string | null
  readonly size: number
}

/** Whether there can be something to say about it, so that it is worth a reading. */
export function mayHaveCells({ state, version, kind, size }: ListedVersion): boolean {
  return state === 'live' && version !== null && isKnownKind(kind) && size <= BODY_BYTES_MAX
}

/** The cells of exactly the version that was listed; nothing when it is not retained any more or cannot be read. */
export async function readListCells(
  fs: Filesystem,
  listed: ListedVersion,
  signal?: AbortSignal,
): Promise<ListCells | undefined> {
  const head = await headOf(fs, listed, signal)
  // After a deletion the same number may be that of another version.
  if (head?.state !== 'live' || head.version !== listed.token) return undefined
  const view = await kindView(head.entry.kind)
  return view && listCells(view, head.entry)
}

// The list tells what is wrong with the store, and opening the record what is wrong with it.
async function headOf(
  fs: Filesystem,
  { path, version }: ListedVersion,
  signal: AbortSignal | undefined,
): Promise<StoredHead | undefined> {
  if (version === null) return undefined
  try {
    return await fs.getVersion(path, version, { signal })
  } catch (error) {
    if (error instanceof FilesystemError) return undefined
    throw error
  }
}
