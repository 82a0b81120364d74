import type { Entry, Expectation, Filesystem, WriteOptions, WriteResult } from '@latchless/filesystem'
import { anything, atVersion, formatVersion, meets, nextVersion } from '@latchless/filesystem'
import { InterceptedFilesystem } from '@latchless/filesystem/testing'
import type { FilesystemCall, Proceed, SeededRandom } from '@latchless/filesystem/testing'

/**
 * Bugs put in on purpose, so that it is known that they would be found:
 * - `skip-precondition`: a write does not look at what it expects.
 * - `drop-write`: a write is acknowledged and not made.
 * - `duplicate-write`: a write is made twice.
 */
export const SABOTAGES = ['skip-precondition', 'drop-write', 'duplicate-write'] as const
export type Sabotage = (typeof SABOTAGES)[number]

export const SABOTAGE_EVERY_DEFAULT = 1000

export interface SabotageOptions {
  readonly sabotage: Sabotage
  /** One put in about so many is sabotaged. */
  readonly every: number
  readonly random: SeededRandom
  readonly onSabotage: () => void
}

export function sabotaged(filesystem: Filesystem, options: SabotageOptions): Filesystem {
  const { sabotage, every, random, onSabotage } = options
  return new InterceptedFilesystem(filesystem, async <Result>(call: FilesystemCall, proceed: Proceed<Result>) => {
    if (call.operation !== 'put' || random.below(every) > 0) return proceed()
    onSabotage()
    const [path, entry, expect, writeOptions] = call.args
    return (await spoil(filesystem, sabotage, { path, entry, expect, options: writeOptions }, random)) as Result
  })
}

interface Put {
  readonly path: string
  readonly entry: Entry
  readonly expect: Expectation
  readonly options: WriteOptions
}

async function spoil(
  filesystem: Filesystem,
  sabotage: Sabotage,
  { path, entry, expect, options }: Put,
  random: SeededRandom,
): Promise<WriteResult> {
  switch (sabotage) {
    case 'skip-precondition':
      return filesystem.put(path, entry, anything, options)
    case 'drop-write': {
      const head = await filesystem.get(path)
      if (!meets(head, expect)) return filesystem.put(path, entry, expect, options)
      const version = head.state === 'unwritten' ? formatVersion(1, hex(random, 16)) : nextVersion(head.version)
      return { version, writeId: options.writeId ?? hex(random, 32), replayed: false }
    }
    case 'duplicate-write': {
      const first = await filesystem.put(path, entry, expect, options)
      // Somebody may be faster, and then it is no duplicate.
      await filesystem
        .put(path, entry, atVersion(first.version), { ...options, writeId: hex(random, 32) })
        .catch(() => {})
      return first
    }
  }
}

function hex(random: SeededRandom, digits: number): string {
  return Array.from({ length: digits }, () => random.below(16).toString(16)).join('')
}
