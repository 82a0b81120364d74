import { atVersion, type Filesystem, type Version, type Writer, type WriteResult } from '@latchless/filesystem'
import { InspectorError } from '../inspector-error.ts'
import { sendOnce } from './conditional-write.ts'

/**
 * Deletes a record that is still at the version one has seen. Its versions stay, as far as the store retains them, behind a
 * tombstone.
 *
 * @throws {VersionMismatch} when somebody wrote in between. Nothing was done, and it is not tried again.
 */
export async function remove(
  fs: Filesystem,
  path: string,
  expected: Version,
  writer: Writer | undefined,
): Promise<WriteResult> {
  const deleted = await sendOnce((writeId) => fs.delete(path, atVersion(expected), { writeId, writer }))
  if (deleted) return deleted
  throw new InspectorError('not-found', `Cannot delete ${JSON.stringify(path)}: nothing is stored there`, undefined, {
    path,
  })
}
