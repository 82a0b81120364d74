import { exactly } from '../expectation.ts'
import type { Entry, Expectation, Filesystem, TransactStep } from '../filesystem.ts'
import { copyEntry } from '../head.ts'
import { replacing } from '../replacing.ts'
import { VersionMismatch } from '../version-mismatch.ts'

/**
 * A filesystem for the cases that overwrite under `any` for brevity: where that is refused, the head is read and named.
 * Whether the refusal itself is right is a case of its own, which sees the filesystem as it is.
 */
export function overwriting(filesystem: Filesystem): Filesystem {
  if (filesystem.capabilities('/').blindWrites) return filesystem
  const exact = async (path: string, expect: Expectation): Promise<Expectation> =>
    expect.type === 'any' ? exactly(await filesystem.get(path)) : expect
  return replacing(filesystem, {
    put: (path, entry, expect, options) => {
      if (expect.type !== 'any') return filesystem.put(path, entry, expect, options)
      const copy = isCopyable(entry) ? copyEntry(entry) : entry
      const attempt = async () => filesystem.put(path, copy, await exact(path, expect), options)
      return untilWon(attempt, () => true)
    },
    transact: (steps, options) => {
      if (!steps.some((step) => step.type === 'put' && step.expect.type === 'any')) {
        return filesystem.transact(steps, options)
      }
      const attempt = async () => {
        const asked: TransactStep[] = []
        for (const step of steps) {
          asked.push(step.type === 'put' ? { ...step, expect: await exact(step.path, step.expect) } : step)
        }
        return filesystem.transact(asked, options)
      }
      return untilWon(attempt, (lost) => {
        const step = steps[lost.step ?? -1]
        return step?.type === 'put' && step.expect.type === 'any'
      })
    },
  })
}

// A case may hand over an entry that is wrong on purpose.
function isCopyable(entry: Entry): boolean {
  return entry.body instanceof Uint8Array
}

async function untilWon<Result>(
  attempt: () => Promise<Result>,
  isAskedAgain: (lost: VersionMismatch) => boolean,
): Promise<Result> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof VersionMismatch) || !isAskedAgain(error)) throw error
    }
  }
}
