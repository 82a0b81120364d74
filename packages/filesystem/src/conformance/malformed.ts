import assert from 'node:assert/strict'
import { absent, atVersion, unwritten } from '../expectation.ts'
import type { Expectation } from '../filesystem.ts'
import type { Version } from '../version.ts'
import { pathsOf, rejectsWith } from './assertions.ts'
import type { CaseDefinition } from './case.ts'
import { record, text } from './samples.ts'

const path = '/malformed/record'

const versions = ['', '1', 'x', '0.0123456789abcdef', '1.0123', '9007199254740993.0123456789abcdef', '1.\u0000']
const expectations: readonly Expectation[] = [
  ...versions.map((version) => atVersion(version as Version)),
  { type: 'sometimes' } as unknown as Expectation,
]
const cursors = ['', 'x', '/x\u0000y', '/x/', '/x\ud800', '/x/../y']
const counts = [Number.NaN, -1, 0, 1.5, Number.POSITIVE_INFINITY, '1' as unknown as number]

/** An argument that no store could take is the caller's mistake, and every backend says so alike. */
export const malformedCases: readonly CaseDefinition[] = [
  {
    name: 'A malformed expectation is refused by put(), delete() and transact(), and nothing is written',
    needs: ['cas'],
    async run({ filesystem }) {
      const entry = record(1)
      for (const expect of expectations) {
        const what = JSON.stringify(expect)
        await rejectsWith('invalid-argument', () => filesystem.put(path, entry, expect), `put() at ${what}`)
        await rejectsWith('invalid-argument', () => filesystem.delete(path, expect), `delete() at ${what}`)
        if (!filesystem.capabilities('/').transact) continue
        for (const step of [
          { type: 'check', path, expect },
          { type: 'put', path, entry, expect },
          { type: 'delete', path, expect },
        ] as const) {
          await rejectsWith('invalid-argument', () => filesystem.transact([step]), `a ${step.type} at ${what}`)
        }
      }
      assert.deepEqual(await pathsOf(filesystem, '/', { deleted: true }), [])
    },
  },
  {
    name: 'list() from a cursor whose path is malformed is refused',
    async run({ filesystem }) {
      await filesystem.put(path, text('x'), absent)
      for (const after of cursors) {
        for (const depth of ['children', 'descendants'] as const) {
          const list = () => filesystem.list('/', { depth, after: { path: after } })
          await rejectsWith('invalid-argument', list, `list() behind ${JSON.stringify(after)}`)
        }
      }
    },
  },
  {
    name: 'history() and getVersion() of what is no sequence are refused',
    needs: ['cas', 'history'],
    async run({ filesystem }) {
      await filesystem.put(path, record(1), unwritten)
      for (const count of counts) {
        await rejectsWith('invalid-argument', () => filesystem.history(path, { before: count }), `before ${count}`)
        await rejectsWith('invalid-argument', () => filesystem.getVersion(path, count), `version ${count}`)
      }
    },
  },
]
