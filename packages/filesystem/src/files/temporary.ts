/** `.<name>.<pid>.<16 hex digits>.tmp`: a file that is being written. Where the number is missing, another program made it. */
const temporaryName = /^\..+?(?:\.(\d{1,10}))?\.[0-9a-f]{16}\.tmp$/s
/** File systems allow 255 bytes for a name, some 143; the temporary one adds at most 33 to the name it stands for. */
const BASE_BYTES_MAX = 100

/** Whether a file name is that of a temporary file, also of another program's. Readers of a directory leave such files out. */
export function isTemporary(name: string): boolean {
  return temporaryName.test(name)
}

/** The name of a temporary file for `base`, made by a process. */
export function formatTemporary(base: string, pid: number, randomHex: string): string {
  const shortened = Buffer.from(base).subarray(0, BASE_BYTES_MAX).toString('utf8')
  return `.${shortened}.${pid}.${randomHex}.tmp`
}

/** The process that made a temporary file; `undefined` when its name does not tell. */
export function makerOf(name: string): number | undefined {
  const pid = temporaryName.exec(name)?.[1]
  return pid === undefined ? undefined : Number(pid)
}
