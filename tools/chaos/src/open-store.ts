import type { Filesystem, Runtime } from '@latchless/filesystem'
import { openFilesystem, SqliteFilesystem } from '@latchless/filesystem'

/**
 * Clocks jump, and with them the age of tombstones. Once one is purged, versions begin anew, and what was seen before and
 * after cannot be put in one order by the checks. So none is purged.
 */
export const TOMBSTONE_MS = 100 * 365 * 24 * 3600 * 1000

/** Opens the store of a run. */
export async function openStore(url: string, runtime?: Runtime): Promise<Filesystem> {
  if (!url.startsWith('sqlite:')) return openFilesystem(url, { runtime })
  return SqliteFilesystem.open({ path: url.slice('sqlite:'.length), runtime, tombstoneMs: TOMBSTONE_MS })
}
