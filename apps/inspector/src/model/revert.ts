import { atVersion, type Filesystem, type Version, type Writer, type WriteResult } from '@latchless/filesystem'
import { sendOnce } from './conditional-write.ts'
import { loadVersion, requireLive } from './load-version.ts'

/**
 * Writes the content of an earlier version again, as a new version on top of the head that one has seen: body, content type,
 * kind, schema version and index tuples. History is only added to.
 *
 * @throws {VersionMismatch} when somebody wrote in between. Nothing was done, and it is not tried again.
 * @throws {InspectorError} `not-found` when there is no such version, or it is a deletion.
 * @throws {CompactedError} when the version is not retained any more.
 */
export async function revert(
  fs: Filesystem,
  path: string,
  sequence: number,
  expected: Version,
  writer: Writer | undefined,
): Promise<WriteResult> {
  const { entry } = requireLive(path, await loadVersion(fs, { path, version: { sequence } }))
  return await sendOnce((writeId) => fs.put(path, entry, atVersion(expected), { writeId, writer }))
}
