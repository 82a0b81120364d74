import assert from 'node:assert/strict'
import { absent, exactly } from '../expectation.ts'
import type { Filesystem } from '../filesystem.ts'
import { HistoryRecorder, recordFinal } from '../testing/history-recorder.ts'
import type { RecordedOperation } from '../testing/recorded-history.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { checkVersions } from '../testing/version-checker.ts'
import { VersionMismatch } from '../version-mismatch.ts'
import type { CaseDefinition } from './case.ts'
import { record } from './samples.ts'
import { turns } from './turns.ts'

const paths = ['/linear/a', '/linear/b']

/** What one of several workers does: so many random reads and writes of a few records. */
export interface Workload {
  readonly name: string
  readonly seed: number
  readonly times: number
}

/** Reads, creates, replaces and deletes at random; a lost precondition is an answer like any other. */
export async function work(filesystem: Filesystem, { name, seed, times }: Workload): Promise<void> {
  const numbers = seededRandom(seed, name.length)
  for (let n = 0; n < times; n++) {
    const path = paths[numbers.below(paths.length)] ?? ''
    const drawn = numbers.below(10)
    const head = await filesystem.get(path)
    try {
      // A writer that pauses between its read and its write is what others overtake.
      if (drawn < 2) await turns()
      if (drawn < 5) await filesystem.put(path, record({ name, n }), exactly(head))
      else if (drawn < 6) await filesystem.put(path, record({ name, n }), absent)
      else if (drawn < 8 && head.state === 'live') await filesystem.delete(path, exactly(head))
    } catch (error) {
      if (!(error instanceof VersionMismatch)) throw error
    }
  }
}

async function assertLinear(filesystem: Filesystem, operations: readonly RecordedOperation[]): Promise<void> {
  const finals = await Promise.all(paths.map((path) => recordFinal(filesystem, path)))
  const writes = operations.filter(({ type }) => type === 'write').length
  assert.ok(writes > 0 && writes < operations.length, 'the history holds reads and writes')
  const violations = checkVersions({ operations, finals })
  assert.deepEqual(
    violations.slice(0, 3).map(({ condition, message }) => `${condition}: ${message}`),
    [],
    `${violations.length} violations`,
  )
}

/** Recorded histories of reads and writes, checked against what is promised of each record. */
export const linearizabilityCases: readonly CaseDefinition[] = [
  {
    name: 'The recorded history of simultaneous random reads and writes is linearizable',
    needs: ['cas', 'history'],
    async run({ filesystem, seed }) {
      const recorder = new HistoryRecorder()
      await Promise.all(
        Array.from({ length: 6 }, (_, n) => {
          const name = `worker-${n}`
          return work(recorder.record(filesystem, name), { name, seed: seed * 100 + n, times: 40 })
        }),
      )
      await assertLinear(filesystem, recorder.operations)
    },
  },
  {
    name: 'The recorded history of random reads and writes by several processes is linearizable',
    needs: ['processes', 'cas', 'history'],
    async run({ filesystem, seed, fork }) {
      const children = await Promise.all([0, 1, 2].map(() => fork()))
      const recorded = await Promise.all(
        children.map((child, n) => child.run('work', { name: `process-${n}`, seed: seed * 100 + n, times: 60 })),
      )
      await assertLinear(filesystem, recorded.flat())
    },
  },
]
