import type { Filesystem } from '@latchless/filesystem'
import { FilesystemError, MemoryFilesystem } from '@latchless/filesystem'
import {
  approvalPath,
  ApprovalStore,
  APPROVALS_ROOT,
  PENDING_MAX_DEFAULT,
  PENDING_MAX_LIMIT,
  SAVE_GRACE_MS,
  SLOTS_ROOT,
} from '@latchless/run-state'
import { backends, manualClock } from '@latchless/store-testing'
import { describe, expect, test } from 'vitest'
import { aroundWrites, beforeFirstWrite } from './support/before-write.ts'
import { damage, readOnlyBelow } from './support/damage.ts'
import { alice, codeOf, MINUTE_MS, otherScope, requestOf, scope } from './support/fixtures.ts'

const clock = manualClock()
const storeOver = (filesystem: Filesystem, pendingMax?: number) =>
  new ApprovalStore(filesystem, { now: clock.now, pendingMax })

async function savedInto(approvals: ApprovalStore, count: number): Promise<void> {
  for (let at = 0; at < count; at++) await approvals.savePending(scope, requestOf(clock, { id: `r${at}` }))
}

describe('the limit of pending requests', () => {
  test('is 256 of a scope unless the options say otherwise', async () => {
    const approvals = storeOver(await MemoryFilesystem.open())
    expect(PENDING_MAX_DEFAULT).toBe(256)
    await savedInto(approvals, 256)
    expect(await codeOf(approvals.savePending(scope, requestOf(clock, { id: 'more' })))).toBe('too-many-pending')
    expect(await approvals.get(scope, 'more')).toBeUndefined()
    await approvals.savePending(otherScope, requestOf(clock, { id: 'more' }))
  })

  test.each([0, 1.5, PENDING_MAX_LIMIT + 1])('is not %s', async (pendingMax) => {
    const filesystem = await MemoryFilesystem.open()
    expect(() => storeOver(filesystem, pendingMax)).toThrow(RangeError)
  })

  test.each<[string, (approvals: ApprovalStore) => Promise<unknown>]>([
    ['approved', async (approvals) => approvals.approve(scope, 'r0', { by: alice })],
    ['denied', async (approvals) => approvals.deny(scope, 'r0', { by: alice })],
    ['discarded', async (approvals) => approvals.discardPending(scope, 'r0')],
  ])('leaves room again when one is %s', async (_, decide) => {
    const approvals = storeOver(await MemoryFilesystem.open(), 2)
    await savedInto(approvals, 2)
    await decide(approvals)
    await approvals.savePending(scope, requestOf(clock, { id: 'next' }))
    expect(await codeOf(approvals.savePending(scope, requestOf(clock, { id: 'more' })))).toBe('too-many-pending')
  })

  test('leaves room again when what is pending is overdue', async () => {
    const approvals = storeOver(await MemoryFilesystem.open(), 2)
    await savedInto(approvals, 2)
    clock.advance(10 * MINUTE_MS)
    await savedInto(storeOver(await MemoryFilesystem.open()), 0)
    await approvals.savePending(scope, requestOf(clock, { id: 'next' }))
  })

  test('a replay needs no room', async () => {
    const approvals = storeOver(await MemoryFilesystem.open(), 1)
    const request = requestOf(clock, { idempotencyKey: 'k1' })
    await approvals.savePending(scope, request)
    await approvals.approve(scope, 'r1', { by: alice })
    await approvals.savePending(scope, requestOf(clock, { id: 'r2' }))
    expect(await approvals.savePending(scope, request)).toMatchObject({ status: 'approved' })
  })

  test('a place whose request was never saved is free after its grace, and nobody can save it any more', async () => {
    const filesystem = await MemoryFilesystem.open()
    const approvals = storeOver(filesystem, 1)
    // The slow one has its place, then sleeps right before its request is written.
    const view = beforeFirstWrite(filesystem, APPROVALS_ROOT, async () => {
      expect(await codeOf(approvals.savePending(scope, requestOf(clock, { id: 'r2' })))).toBe('too-many-pending')
      clock.advance(SAVE_GRACE_MS)
      await approvals.savePending(scope, requestOf(clock, { id: 'r3' }))
    })
    const slow = storeOver(view, 1)
    expect(await codeOf(slow.savePending(scope, requestOf(clock, { id: 'r1' })))).toBe('request-exists')
    expect((await approvals.listPending(scope)).items.map(({ id }) => id)).toEqual(['r3'])
  })

  test('holds also for a clock that is behind: a place is given up when its request is expired for everybody', async () => {
    const approvals = storeOver(await MemoryFilesystem.open(), 2)
    await savedInto(approvals, 2)
    clock.advance(10 * MINUTE_MS)
    for (const id of ['next', 'more']) await approvals.savePending(scope, requestOf(clock, { id }))
    clock.advance(-MINUTE_MS)
    const pending = (await approvals.listPending(scope)).items.map(({ id }) => id)
    expect(pending.toSorted()).toEqual(['more', 'next'])
    expect(await codeOf(approvals.approve(scope, 'r0', { by: alice }))).toBe('not-pending (expired)')
    clock.advance(MINUTE_MS)
  })

  test('a place that a wrong clock took in the future, and never used, is free', async () => {
    const filesystem = await MemoryFilesystem.open()
    const view = aroundWrites(filesystem, async (path, write) => {
      if (path.startsWith(APPROVALS_ROOT)) throw new FilesystemError('unavailable', 'Cannot put: the disk is gone')
      return write()
    })
    clock.advance(365 * 24 * 60 * MINUTE_MS)
    expect(await codeOf(storeOver(view, 1).savePending(scope, requestOf(clock)))).toBe('unavailable')
    clock.advance(-365 * 24 * 60 * MINUTE_MS)
    await storeOver(filesystem, 1).savePending(scope, requestOf(clock, { id: 'r2' }))
  })

  test('counts a request that is damaged as pending, and goes on with the others', async () => {
    const filesystem = await MemoryFilesystem.open()
    const approvals = storeOver(filesystem, 2)
    await savedInto(approvals, 2)
    await damage(filesystem, approvalPath(scope, 'r0'))
    expect(await codeOf(approvals.savePending(scope, requestOf(clock, { id: 'r2' })))).toBe('too-many-pending')
    await approvals.deny(scope, 'r1', { by: alice })
    await approvals.savePending(scope, requestOf(clock, { id: 'r2' }))
    expect(await codeOf(approvals.savePending(scope, requestOf(clock, { id: 'r3' })))).toBe('too-many-pending')
  })

  test('is no reason to take a repeated save for one that never came: its grace begins anew', async () => {
    const filesystem = await MemoryFilesystem.open()
    const keyed = requestOf(clock, { idempotencyKey: 'k1' })
    const failing = storeOver(readOnlyBelow(filesystem, APPROVALS_ROOT), 1)
    expect(await codeOf(failing.savePending(scope, keyed))).toBe('unavailable')
    clock.advance(SAVE_GRACE_MS)
    const view = beforeFirstWrite(filesystem, APPROVALS_ROOT, async () => {
      const other = storeOver(filesystem, 1).savePending(scope, requestOf(clock, { id: 'other' }))
      expect(await codeOf(other)).toBe('too-many-pending')
    })
    expect(await storeOver(view, 1).savePending(scope, keyed)).toMatchObject({ id: 'r1', status: 'pending' })
  })

  test('the sweep keeps the places of what is pending, and looks at them again 30 days later', async () => {
    const filesystem = await MemoryFilesystem.open()
    const approvals = storeOver(filesystem, 2)
    const days = 24 * 60 * MINUTE_MS
    await savedInto(approvals, 1)
    await approvals.savePending(scope, requestOf(clock, { id: 'long', expiresAt: clock.now() + 90 * days }))
    for (const tidied of [1, 0]) {
      clock.advance(tidied * 31 * days)
      expect(await approvals.sweep()).toMatchObject({ tidied, more: false })
    }
    await approvals.savePending(scope, requestOf(clock, { id: 'next' }))
    expect(await codeOf(approvals.savePending(scope, requestOf(clock, { id: 'more' })))).toBe('too-many-pending')
  })

  test('the sweep forgets the places of a scope in which nothing was saved for 30 days', async () => {
    const filesystem = await MemoryFilesystem.open()
    const approvals = storeOver(filesystem)
    await savedInto(approvals, 2)
    clock.advance(31 * 24 * 60 * MINUTE_MS)
    expect(await approvals.sweep()).toMatchObject({ tidied: 1 })
    expect((await filesystem.list(SLOTS_ROOT)).items).toEqual([])
    expect(await approvals.sweep()).toMatchObject({ tidied: 0, more: false })
  })
})

test.each(backends)('on $name, 8 writers over three instances never pass the limit, at no version', async (backend) => {
  const store = await backend.fresh()
  const views: Filesystem[] = []
  let pendingMost = 0
  for (let at = 0; at < 3; at++) {
    const filesystem = await store.open()
    views.push(
      aroundWrites(filesystem, async (path, write) => {
        const written = await write()
        if (path.startsWith(APPROVALS_ROOT)) {
          const { items } = await filesystem.query(APPROVALS_ROOT, 'overdue')
          pendingMost = Math.max(pendingMost, items.length)
        }
        return written
      }),
    )
  }
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, async (_, writer) => {
      const filesystem = views[writer % views.length]
      if (!filesystem) throw new Error('Cannot test: no view')
      const approvals = storeOver(filesystem, 3)
      const codes: string[] = []
      for (let at = 0; at < 3; at++) {
        const id = `w${writer}-${at}`
        const saved = await approvals.savePending(scope, requestOf(clock, { id })).then(
          () => 'saved',
          (error: { code: string }) => error.code,
        )
        codes.push(saved)
        if (saved === 'saved' && at % 2 === 0) await approvals.deny(scope, id, { by: alice })
      }
      return codes
    }),
  )
  const pending = (await new ApprovalStore(views[0] as Filesystem, { now: clock.now }).listPending(scope)).items
  expect(pending.length).toBeLessThanOrEqual(3)
  expect(pendingMost).toBeLessThanOrEqual(3)
  expect(pendingMost).toBeGreaterThan(0)
  expect(new Set(outcomes.flat())).toEqual(new Set(['saved', 'too-many-pending']))
  await store.close()
})
