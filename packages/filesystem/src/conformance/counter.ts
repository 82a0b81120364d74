import { FilesystemError } from '../errors.ts'
import { exactly } from '../expectation.ts'
import type { Filesystem, Head } from '../filesystem.ts'
import { systemRuntime } from '../runtime.ts'
import type { Version } from '../version.ts'
import { VersionMismatch } from '../version-mismatch.ts'
import { bodyOf, record } from './samples.ts'

/** One record that counts for several writers: name → count. */
export type Counts = Readonly<Record<string, number>>

export function countsOf(head: Head): Counts {
  return JSON.parse(bodyOf(head) ?? '{}') as Counts
}

/** The sum over all names. */
export function total(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

/**
 * Adds one to a writer's count by nothing but `get` and conditional `put`, so that the kit tests the contract and not
 * `casUpdate`. An unknown outcome is resolved by sending the identical put again.
 */
export function increment(filesystem: Filesystem, path: string, name: string): Promise<Version> {
  return incrementAfter(filesystem, path, name, async () => {})
}

/** {@link increment} with a pause between the first read and the first write. */
export async function incrementAfter(
  filesystem: Filesystem,
  path: string,
  name: string,
  pause: () => Promise<void>,
): Promise<Version> {
  let head = await filesystem.get(path)
  await pause()
  let writeId = systemRuntime.randomHex(16)
  for (;;) {
    const counts = countsOf(head)
    const next = record({ ...counts, [name]: (counts[name] ?? 0) + 1 })
    try {
      const { version } = await filesystem.put(path, next, exactly(head), { writeId })
      return version
    } catch (error) {
      if (error instanceof VersionMismatch) {
        head = error.current
        writeId = systemRuntime.randomHex(16)
      } else if (!(error instanceof FilesystemError && error.code === 'unavailable')) throw error
    }
  }
}
