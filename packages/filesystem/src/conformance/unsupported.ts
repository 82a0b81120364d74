import assert from 'node:assert/strict'
import { anything } from '../expectation.ts'
import type { Filesystem } from '../filesystem.ts'
import { rejectsWith } from './assertions.ts'
import type { CaseDefinition } from './case.ts'
import { allNeeds, isMissing } from './need.ts'
import { maintain, operations } from './operations.ts'
import { assertRefused } from './refused.ts'
import { bodyOf, record, text } from './samples.ts'

/** Capabilities are data, complete, and true in both directions. */
export const unsupportedCases: readonly CaseDefinition[] = [
  {
    name: 'capabilities() is complete and the same for every path of one mount',
    async run({ filesystem, subject }) {
      const capabilities = filesystem.capabilities('/')
      assert.match(capabilities.backend, /^[a-z][a-z0-9-]*$/)
      assert.ok(['records', 'record', 'none', 'unknown'].includes(capabilities.cas), `cas: ${capabilities.cas}`)
      assert.ok(
        ['memory', 'process', 'disk'].includes(capabilities.durability),
        `durability: ${capabilities.durability}`,
      )
      assert.ok(['index', 'scan', 'none'].includes(capabilities.query), `query: ${capabilities.query}`)
      for (const flag of [
        'fusedConflict',
        'blindWrites',
        'crossProcess',
        'history',
        'log',
        'transact',
        'watch',
        'maintain',
      ] as const) {
        assert.equal(typeof capabilities[flag], 'boolean', flag)
      }
      for (const [name, limit] of Object.entries(capabilities.limits)) {
        assert.ok(Number.isSafeInteger(limit) && limit > 0, `the limit ${name} must be a positive whole number`)
      }
      assert.equal(capabilities.crossProcess, subject.crossProcess, 'the subject and the backend agree on crossProcess')
      assert.deepEqual(filesystem.capabilities('/some/path'), capabilities)
    },
  },
  {
    name: 'What the capabilities deny is refused with unsupported',
    async run({ filesystem, subject, open }) {
      for (const operation of [...operations, maintain]) {
        if (operation.isSupported(filesystem)) continue
        const error = await rejectsWith('unsupported', () => operation.call(filesystem, '/denied/x'), operation.name)
        assert.equal(error.retry, 'never', `${operation.name} is not worth a retry`)
      }
      for (const need of allNeeds) {
        // A case has the filesystem with overwriting made up for; the cases that need it see the refusal.
        if (need !== 'blindWrites' && isMissing(need, filesystem, subject))
          await assertRefused(need, filesystem, subject, open)
      }
    },
  },
  {
    name: 'put() under any overwrites what is there without looking',
    needs: ['blindWrites'],
    async run({ filesystem }) {
      await filesystem.put('/blind/x', text('one'), anything)
      await filesystem.put('/blind/x', text('two'), anything)
      assert.equal(bodyOf(await filesystem.get('/blind/x')), 'two')
    },
  },
  {
    name: 'What the capabilities promise is not refused with unsupported',
    async run({ filesystem }) {
      await filesystem.put('/promised/x', sampleFor(filesystem), anything)
      for (const operation of [...operations, maintain]) {
        if (operation.isSupported(filesystem))
          await answers(operation.name, () => operation.call(filesystem, '/promised/x'))
      }
    },
  },
]

function sampleFor(filesystem: Filesystem): ReturnType<typeof text> {
  return filesystem.capabilities('/').cas === 'none' ? text('x') : record('x')
}

// A lost precondition is an answer; a missing operation is not.
async function answers(name: string, call: () => unknown): Promise<void> {
  try {
    await call()
  } catch (error) {
    const code = (error as { code?: unknown }).code
    assert.ok(code === 'conflict' || code === 'compacted', `${name} is promised, but failed: ${String(error)}`)
  }
}
