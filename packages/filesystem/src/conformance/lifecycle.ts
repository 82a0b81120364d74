import assert from 'node:assert/strict'
import { anything } from '../expectation.ts'
import { rejectsWith } from './assertions.ts'
import type { CaseDefinition } from './case.ts'
import { maintain, operations } from './operations.ts'
import { bodyOf, record, text } from './samples.ts'

/** Abort and close. */
export const lifecycleCases: readonly CaseDefinition[] = [
  {
    name: 'A signal that fired before the call rejects with aborted, and nothing is written',
    async run({ filesystem }) {
      await filesystem.put('/abort/kept', text('kept'), anything)
      const signal = AbortSignal.abort(new Error('Cannot wait any longer'))
      for (const operation of operations) {
        // The signal of a watch ends it.
        if (!operation.isSupported(filesystem) || operation.name === 'watch') continue
        for (const path of ['/abort/kept', '/abort/new']) {
          const error = await rejectsWith('aborted', () => operation.call(filesystem, path, { signal }), operation.name)
          assert.equal(error.retry, 'safe', `${operation.name}: nothing was written`)
          assert.equal(bodyOf(await filesystem.get('/abort/kept')), 'kept', `${operation.name} changed the store`)
          assert.equal((await filesystem.get('/abort/new')).state, 'unwritten', `${operation.name} wrote`)
        }
      }
    },
  },
  {
    name: 'A signal that fires during a write never hides the write',
    async run({ filesystem }) {
      for (let n = 0; n < 10; n++) {
        const path = `/abort/during-${n}`
        const controller = new AbortController()
        const outcome = filesystem.put(path, text('x'), anything, { signal: controller.signal }).then(
          () => 'live',
          (error: unknown) => {
            assert.equal((error as { code?: unknown }).code, 'aborted')
            return 'unwritten'
          },
        )
        for (let turn = 0; turn < n; turn++) await Promise.resolve()
        controller.abort()
        const expected = await outcome
        assert.equal((await filesystem.get(path)).state, expected, `after a signal at turn ${n}`)
      }
    },
  },
  {
    name: 'A signal that fires after the write resolved changes nothing',
    async run({ filesystem }) {
      const controller = new AbortController()
      await filesystem.put('/abort/after', text('x'), anything, { signal: controller.signal })
      controller.abort()
      assert.equal(bodyOf(await filesystem.get('/abort/after')), 'x')
    },
  },
  {
    name: 'Every operation after close() throws closed',
    async run({ filesystem }) {
      await filesystem.put('/closed/x', text('x'), anything)
      await filesystem.close()
      for (const operation of [...operations, maintain]) {
        // A missing operation may say that first.
        const codes = operation.isSupported(filesystem) ? (['closed'] as const) : (['closed', 'unsupported'] as const)
        await rejectsWith(codes, () => operation.call(filesystem, '/closed/x'), `${operation.name} after close()`)
      }
    },
  },
  {
    name: 'close() twice is harmless, and so is disposal',
    async run({ filesystem }) {
      await filesystem.close()
      await filesystem.close()
      await filesystem[Symbol.asyncDispose]()
    },
  },
  {
    name: 'A write that was called before close() has landed or is refused, never half of both',
    needs: ['processes', 'cas'],
    async run({ filesystem, open }) {
      const writes = Array.from({ length: 8 }, (_, n) => filesystem.put(`/closing/${n}`, record(n), anything))
      const settled = Promise.allSettled(writes)
      await filesystem.close()
      const reader = await open()
      for (const [n, result] of (await settled).entries()) {
        const head = await reader.get(`/closing/${n}`)
        if (result.status === 'fulfilled') assert.equal(bodyOf(head), String(n), `the resolved write ${n}`)
        else assert.equal((result.reason as { code?: unknown }).code, 'closed', `the refused write ${n}`)
        if (result.status === 'rejected') assert.equal(head.state, 'unwritten', `the refused write ${n}`)
      }
    },
  },
]
