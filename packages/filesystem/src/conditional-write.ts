import { exactly } from './expectation.ts'
import type { Entry, Filesystem, Head, WriteOptions, WriteResult } from './filesystem.ts'
import { sequenceOf } from './version.ts'

/** The sequence that a write over this head will have. */
export function sequenceBehind(head: Head): number {
  return head.state === 'unwritten' ? 1 : sequenceOf(head.version) + 1
}

/**
 * Sends a put, or with `entry` undefined a delete, under exactly the head that was seen.
 *
 * @throws {VersionMismatch} when the record has moved on, and what the filesystem throws.
 */
export async function writeOver(
  filesystem: Filesystem,
  path: string,
  seen: Head,
  entry: Entry | undefined,
  options: WriteOptions,
): Promise<WriteResult> {
  if (entry) return filesystem.put(path, entry, exactly(seen), options)
  const deleted = await filesystem.delete(path, exactly(seen), options)
  if (!deleted) throw new TypeError('Cannot remove: the filesystem resolved a conditional delete without a version')
  return deleted
}
