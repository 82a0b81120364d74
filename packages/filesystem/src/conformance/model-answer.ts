import { FilesystemError } from '../errors.ts'
import type { Filesystem } from '../filesystem.ts'
import { VersionMismatch } from '../version-mismatch.ts'
import type { ModelStep } from './model-drawing.ts'

/** The store under test and the model that it is compared with. */
export interface Pair {
  readonly subject: Filesystem
  readonly model: Filesystem
}

/**
 * What one side answers to a step, as JSON in which equal behaviour gives equal text: versions without their random
 * generation, no times, and without what a byte-only backend does not store.
 */
export async function answerOf(pair: Pair, side: keyof Pair, step: ModelStep): Promise<string> {
  const bytesOnly = pair.subject.capabilities('/').cas === 'none'
  return JSON.stringify(await answer(pair[side], step, bytesOnly)) ?? 'nothing'
}

async function answer(filesystem: Filesystem, step: ModelStep, bytesOnly: boolean): Promise<unknown> {
  try {
    return { resolved: comparable(await step.run(filesystem), bytesOnly) }
  } catch (error) {
    if (error instanceof VersionMismatch) return { mismatch: comparable(error.current, bytesOnly), step: error.step }
    if (error instanceof FilesystemError) {
      return { code: error.code, oldest: (error as { oldest?: number | undefined }).oldest }
    }
    throw error
  }
}

const omitted = new Set(['time', 'next'])
const omittedBytesOnly = new Set([...omitted, 'version', 'info', 'ops', 'contentType', 'writeId', 'replayed'])

function comparable(value: unknown, bytesOnly: boolean): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map((element) => comparable(element, bytesOnly))
  if (typeof value !== 'object' || value === null) return value
  const omit = bytesOnly ? omittedBytesOnly : omitted
  const kept = Object.entries(value)
    .filter(([key, field]) => !omit.has(key) && field !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  const plain = Object.fromEntries(
    kept.map(([key, field]) => [key, key === 'version' ? String(field).split('.')[0] : comparable(field, bytesOnly)]),
  )
  // A byte-only backend keeps no tombstones: what is not live was never there.
  return bytesOnly && plain['state'] === 'deleted' ? { state: 'unwritten' } : plain
}
