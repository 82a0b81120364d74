import { isErrno } from './file-errors.ts'
import type { FileStats, OpenedFile } from './file-port.ts'

/**
 * Gives a new file the owner, group and mode of the one it replaces. A user who may not give files away becomes the owner; then
 * the mode is narrowed, so that nobody gains access: a group that could not be kept gets no more than everybody, and the
 * set-user-ID and set-group-ID bits go with their owners.
 */
export async function inheritAttributes(file: OpenedFile, replaced: FileStats): Promise<void> {
  const own = await file.stat()
  const all = await tryChown(file, replaced.uid, replaced.gid, own)
  const groupKept = all || (await tryChown(file, own.uid, replaced.gid, own))
  const ownerKept = all || own.uid === replaced.uid
  const mode = narrowed(replaced.mode & 0o7777, ownerKept, groupKept)
  if (mode !== (own.mode & 0o7777)) await file.chmod(mode)
}

async function tryChown(file: OpenedFile, uid: number, gid: number, own: FileStats): Promise<boolean> {
  if (uid === own.uid && gid === own.gid) return true
  try {
    await file.chown(uid, gid)
    return true
  } catch (error) {
    // EINVAL: the owner has no number in this container.
    if (isErrno(error, 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP')) return false
    throw error
  }
}

function narrowed(mode: number, ownerKept: boolean, groupKept: boolean): number {
  const owner = ownerKept ? mode : mode & ~0o4000
  if (groupKept) return owner
  const everybody = owner & 0o007
  return (owner & ~0o2070) | (owner & (everybody << 3))
}
