import { link, lstat, open, readdir, readlink, realpath, rename, unlink } from 'node:fs/promises'
import { isErrno } from './file-errors.ts'
import type { FilePort } from './file-port.ts'

/** The files of this machine. */
export const nodeFiles: FilePort = {
  pid: process.pid,
  isRunning,
  realpath: (path) => realpath(path),
  lstat: (path) => lstat(path),
  readlink: (path) => readlink(path),
  readdir: (path) => readdir(path),
  async open(path, flags, mode) {
    const handle = await open(path, flags, mode)
    return {
      stat: () => handle.stat(),
      write: async (bytes, offset) => (await handle.write(bytes, offset)).bytesWritten,
      chmod: (wanted) => handle.chmod(wanted),
      chown: (uid, gid) => handle.chown(uid, gid),
      sync: () => handle.sync(),
      close: () => handle.close(),
    }
  },
  link: (from, to) => link(from, to),
  rename: (from, to) => rename(from, to),
  unlink: (path) => unlink(path),
}

function isRunning(pid: number): boolean {
  try {
    // The signal 0 is never delivered; it only asks.
    return process.kill(pid, 0)
  } catch (error) {
    // A process of somebody else runs all the same.
    return !isErrno(error, 'ESRCH')
  }
}
