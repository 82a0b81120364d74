import { FilesystemError } from '../errors.ts'

/** The error for a file that is none of the store's: a symbolic link, a device, a pipe. */
export function notRegular(operation: string, path: string): FilesystemError {
  const message = `Cannot ${operation} ${JSON.stringify(path)}: it is not a regular file below the root of the store`
  return new FilesystemError('unsupported', message, { path, operation })
}
