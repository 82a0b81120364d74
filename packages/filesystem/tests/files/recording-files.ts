import { type FilePort, nodeFiles, type OpenedFile } from '@latchless/filesystem/files'

/** A call of the port, by name, with the last segment of its path. */
export interface Call {
  readonly name: string
  readonly file: string
}

/** Runs around each call, in order; throws to make it fail, returns to make it happen. */
export type Interceptor = (call: Call, proceed: () => unknown) => unknown

/** The machine's files, with something in between. */
export function interceptedFiles(intercept: Interceptor, base: FilePort = nodeFiles): FilePort {
  const around = async <T>(name: string, path: string, proceed: () => Promise<T>): Promise<T> => {
    const file = path.slice(path.lastIndexOf('/') + 1)
    return (await intercept({ name, file }, proceed)) as T
  }
  const opened = (path: string, file: OpenedFile): OpenedFile => ({
    stat: () => around('fstat', path, () => file.stat()),
    write: (bytes, offset) => around('write', path, () => file.write(bytes, offset)),
    chmod: (mode) => around('fchmod', path, () => file.chmod(mode)),
    chown: (uid, gid) => around('fchown', path, () => file.chown(uid, gid)),
    sync: () => around('fsync', path, () => file.sync()),
    close: () => around('close', path, () => file.close()),
  })
  return {
    pid: base.pid,
    isRunning: (pid) => base.isRunning(pid),
    realpath: (path) => around('realpath', path, () => base.realpath(path)),
    lstat: (path) => around('lstat', path, () => base.lstat(path)),
    readlink: (path) => around('readlink', path, () => base.readlink(path)),
    readdir: (path) => around('readdir', path, () => base.readdir(path)),
    open: (path, flags, mode) => around('open', path, async () => opened(path, await base.open(path, flags, mode))),
    link: (from, to) => around('link', to, () => base.link(from, to)),
    rename: (from, to) => around('rename', to, () => base.rename(from, to)),
    unlink: (path) => around('unlink', path, () => base.unlink(path)),
  }
}

/** An error of the operating system. */
export function errno(code: string): Error {
  return Object.assign(new Error(`${code}: planted`), { code })
}
