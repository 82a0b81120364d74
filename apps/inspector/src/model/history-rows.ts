import { generationOf } from '@latchless/filesystem'
import type { GapRow, VersionRow } from '../output/rows.ts'
import { versionRow } from './stored-row.ts'
import type { WalkedVersion } from './walk-versions.ts'

/**
 * The rows of retained versions, newest first, with a row wherever sequence numbers are missing. A version that could not be
 * read has no row; it was reported, and it is not missing.
 */
export async function* historyRows(
  path: string,
  versions: AsyncIterable<WalkedVersion>,
  limit: number,
): AsyncGenerator<VersionRow | GapRow> {
  let last: WalkedVersion | undefined
  let seen = 0
  for await (const version of versions) {
    const missing = last && sameGeneration(last, version) && gap(path, version.sequence, last.sequence)
    if (missing) yield missing
    if (seen === limit) return
    if (version.head) yield versionRow(path, version.head)
    seen++
    last = version
  }
  const oldest = last && gap(path, 0, last.sequence)
  if (oldest) yield oldest
}

// A store that forgets tombstones may hold versions from before and after a delete, numbered from 1 each.
function sameGeneration(a: WalkedVersion, b: WalkedVersion): boolean {
  return !a.head || !b.head || generationOf(a.head.info.version) === generationOf(b.head.info.version)
}

// The versions strictly between two sequences.
function gap(path: string, older: number, newer: number): GapRow | undefined {
  const from = older + 1
  const to = newer - 1
  return from > to ? undefined : { type: 'gap', v: 1, path, from, to }
}
