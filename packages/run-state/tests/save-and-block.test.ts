import type { Filesystem } from '@latchless/filesystem'
import { FilesystemError, MemoryFilesystem, mountTable, replacing } from '@latchless/filesystem'
import { APPROVALS_ROOT, INVOCATIONS_ROOT, RunState, SAVE_GRACE_MS, SLOTS_ROOT } from '@latchless/run-state'
import { backends, type TestStore } from '@latchless/store-testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { aroundWrites, beforeFirstWrite, withoutTransact } from './support/before-write.ts'
import { alice, codeOf, requestOf, scope, worldOf, type World } from './support/fixtures.ts'

const broken = () => new FilesystemError('unavailable', 'Cannot put: the disk is gone', { retry: 'never' })

describe.each(backends)('RunState.saveAndBlock() on $name', (backend) => {
  let store: TestStore
  let filesystem: Filesystem
  let world: World
  beforeEach(async () => {
    store = await backend.fresh()
    filesystem = await store.open()
    world = worldOf(filesystem)
    await world.state.invocations.start(scope, { id: 'i1', capabilityId: 'shell.run' })
  })
  afterEach(async () => store.close())

  const stateOver = (over: Filesystem) => new RunState(over, { now: world.clock.now })
  const request = () => requestOf(world.clock, { invocationId: 'i1' })

  test.each([
    ['as the filesystem can', (over: Filesystem) => over],
    ['without transactions', withoutTransact],
  ])('saves the request and blocks the invocation, %s', async (_, viewOf) => {
    const state = stateOver(viewOf(filesystem))
    const { approval, invocation } = await state.saveAndBlock(scope, 'i1', request())
    expect(approval).toMatchObject({ id: 'r1', status: 'pending', invocationId: 'i1' })
    expect(invocation).toMatchObject({ status: 'blocked-approval', approvalRequestId: 'r1' })
    expect(await state.approvals.get(scope, 'r1')).toEqual(approval)
    expect(await state.invocations.get(scope, 'i1')).toEqual(invocation)
    expect(invocation).not.toHaveProperty('approvalUnsaved')
    expect(await state.sweep({ now: world.clock.now() + SAVE_GRACE_MS })).toMatchObject({ blocksRepaired: 0 })
  })

  test('takes one write for both records where the filesystem has transactions', async () => {
    // By their names: on a slow machine one is sent again.
    const written = new Map<string | undefined, string[]>()
    const view = replacing(filesystem, {
      put: async (path, entry, expected, options) => {
        written.set(options?.writeId, [path])
        return filesystem.put(path, entry, expected, options)
      },
      transact: async (steps, options) => {
        const paths = steps.flatMap((step) => ('path' in step ? [step.path] : []))
        written.set(options?.writeId, paths)
        return filesystem.transact(steps, options)
      },
    })
    await stateOver(view).saveAndBlock(scope, 'i1', request())
    const directories = [...written.values()].map((paths) => paths.map((path) => path.slice(0, path.lastIndexOf('/'))))
    const together = [[SLOTS_ROOT], [INVOCATIONS_ROOT, APPROVALS_ROOT]]
    const inOrder = [[SLOTS_ROOT], [INVOCATIONS_ROOT], [APPROVALS_ROOT], [INVOCATIONS_ROOT]]
    expect(directories).toEqual(filesystem.capabilities('/').transact ? together : inOrder)
  })

  test.each([
    ['as the filesystem can', (over: Filesystem) => over],
    ['without transactions', withoutTransact],
  ])('changes neither when the id is taken meanwhile, %s', async (_, viewOf) => {
    const rival = worldOf(filesystem, {}, world.clock).state.approvals
    const view = beforeFirstWrite(viewOf(filesystem), INVOCATIONS_ROOT, async () =>
      rival.savePending(scope, requestOf(world.clock)),
    )
    expect(await codeOf(stateOver(view).saveAndBlock(scope, 'i1', request()))).toBe('request-exists')
    expect(await world.state.invocations.get(scope, 'i1')).toMatchObject({ status: 'running' })
    expect(await world.state.approvals.get(scope, 'r1')).not.toHaveProperty('invocationId')
  })

  test.each([
    ['as the filesystem can', (over: Filesystem) => over],
    ['without transactions', withoutTransact],
  ])('saves no request when the invocation ends meanwhile, %s', async (_, viewOf) => {
    const view = beforeFirstWrite(viewOf(filesystem), INVOCATIONS_ROOT, async () =>
      world.state.invocations.complete(scope, 'i1'),
    )
    expect(await codeOf(stateOver(view).saveAndBlock(scope, 'i1', request()))).toBe('invocation-ended (completed)')
    expect(await world.state.approvals.get(scope, 'r1')).toBeUndefined()
  })

  test.each([
    ['as the filesystem can', (over: Filesystem) => over],
    ['without transactions', withoutTransact],
  ])('changes neither, or both, whichever write fails or loses its reply, %s', async (_, viewOf) => {
    const left = new Set<string>()
    for (let nth = 1, isDone = false; !isDone; nth++) {
      for (const isWritten of [false, true]) {
        const id = `i-${nth}-${isWritten}`
        await world.state.invocations.start(scope, { id, capabilityId: 'c' })
        let writes = 0
        const view = aroundWrites(viewOf(filesystem), async (_path, write) => {
          if (++writes !== nth) return write()
          if (isWritten) await write()
          throw broken()
        })
        await stateOver(view)
          .saveAndBlock(scope, id, requestOf(world.clock, { id: `r-${id}` }))
          .catch(() => undefined)
        isDone = writes < nth
        world.clock.advance(SAVE_GRACE_MS)
        await world.state.sweep()
        const request = await world.state.approvals.get(scope, `r-${id}`)
        const invocation = await world.state.invocations.get(scope, id)
        left.add(`${request?.status} ${invocation?.status}`)
        expect(invocation).not.toHaveProperty('approvalUnsaved')
      }
    }
    expect(left).toEqual(new Set(['undefined running', 'pending blocked-approval']))
  })

  test.each([
    ['with a key', 'k1'],
    ['without one', undefined],
  ])('made twice %s, does not block again on a request that was approved in between', async (_, idempotencyKey) => {
    const twice = { ...request(), idempotencyKey }
    const view = beforeFirstWrite(withoutTransact(filesystem), SLOTS_ROOT, async () => {
      await stateOver(withoutTransact(filesystem)).saveAndBlock(scope, 'i1', twice)
      await world.state.approvals.approve(scope, 'r1', { by: alice })
      await world.state.invocations.resume(scope, 'i1')
    })
    const late = await stateOver(view)
      .saveAndBlock(scope, 'i1', twice)
      .catch((error: { code: string }) => error.code)
    if (idempotencyKey === undefined) expect(late).toBe('request-exists')
    else expect(late).toMatchObject({ approval: { status: 'approved' }, invocation: { status: 'running' } })
    expect(await world.state.invocations.get(scope, 'i1')).toMatchObject({ status: 'running' })
  })

  test.each([
    ['as the filesystem can', (over: Filesystem) => over],
    ['without transactions', withoutTransact],
  ])('made twice at once with one key, is done once, %s', async (_, viewOf) => {
    const keyed = { ...request(), idempotencyKey: 'k1' }
    let first: unknown
    const view = beforeFirstWrite(viewOf(filesystem), INVOCATIONS_ROOT, async () => {
      first = await stateOver(viewOf(filesystem)).saveAndBlock(scope, 'i1', keyed)
    })
    expect(await stateOver(view).saveAndBlock(scope, 'i1', keyed)).toEqual(first)
    expect(await world.state.invocations.get(scope, 'i1')).not.toHaveProperty('approvalUnsaved')
  })

  test('leaves the invocation running when the key is used for something else meanwhile', async () => {
    const view = beforeFirstWrite(withoutTransact(filesystem), APPROVALS_ROOT, async () =>
      world.state.approvals.savePending(scope, requestOf(world.clock, { idempotencyKey: 'k1', reason: 'other' })),
    )
    const attempt = stateOver(view).saveAndBlock(scope, 'i1', { ...request(), idempotencyKey: 'k1' })
    expect(await codeOf(attempt)).toBe('idempotency-conflict')
    expect(await world.state.invocations.get(scope, 'i1')).toMatchObject({ status: 'running' })
  })

  test('leaves no request that can be decided when the invocation ends between the block and the save', async () => {
    const view = beforeFirstWrite(withoutTransact(filesystem), APPROVALS_ROOT, async () =>
      world.state.endInvocation(scope, 'i1', { errorKind: 'cancelled' }),
    )
    expect(await codeOf(stateOver(view).saveAndBlock(scope, 'i1', request()))).toBe('invocation-ended (failed)')
    expect((await world.state.approvals.listPending(scope)).items).toEqual([])
    expect(await codeOf(world.state.approvals.approve(scope, 'r1', { by: alice }))).toBe('not-pending (discarded)')
  })

  /** Without transactions, stopped between the block and the save. */
  async function stopHalfway(): Promise<void> {
    const view = aroundWrites(withoutTransact(filesystem), async (path, write) => {
      if (path.startsWith(APPROVALS_ROOT)) throw broken()
      return write()
    })
    expect(await codeOf(stateOver(view).saveAndBlock(scope, 'i1', request()))).toBe('unavailable')
    expect(await world.state.invocations.get(scope, 'i1')).toMatchObject({
      status: 'blocked-approval',
      approvalUnsaved: true,
    })
  }

  test('stopped halfway, it leaves nothing that could be approved, and a repeat finishes it', async () => {
    await stopHalfway()
    expect(await codeOf(world.state.approvals.approve(scope, 'r1', { by: alice }))).toBe('unknown-request')
    const { invocation } = await world.state.saveAndBlock(scope, 'i1', request())
    expect(invocation).toMatchObject({ status: 'blocked-approval', approvalRequestId: 'r1' })
    expect(invocation).not.toHaveProperty('approvalUnsaved')
    expect((await world.state.approvals.listPending(scope)).items).toHaveLength(1)
  })

  test('stopped halfway, the sweep undoes it after its grace, and the request can never come late', async () => {
    await stopHalfway()
    world.clock.advance(SAVE_GRACE_MS - 1)
    expect(await world.state.sweep()).toMatchObject({ blocksRepaired: 0 })
    world.clock.advance(1)
    expect(await world.state.sweep()).toMatchObject({ blocksRepaired: 1, more: false })
    expect(await world.state.invocations.get(scope, 'i1')).toMatchObject({ status: 'running' })
    expect(await codeOf(world.state.approvals.savePending(scope, request()))).toBe('request-exists')
    expect(await world.state.sweep()).toMatchObject({ blocksRepaired: 0 })
  })

  test('stopped behind the save, the sweep finishes it', async () => {
    let writes = 0
    const view = aroundWrites(withoutTransact(filesystem), async (path, write) => {
      if (path.startsWith(INVOCATIONS_ROOT) && ++writes === 2) throw broken()
      return write()
    })
    expect(await codeOf(stateOver(view).saveAndBlock(scope, 'i1', request()))).toBe('unavailable')
    world.clock.advance(SAVE_GRACE_MS)
    expect(await world.state.sweep()).toMatchObject({ blocksRepaired: 1 })
    const invocation = await world.state.invocations.get(scope, 'i1')
    expect(invocation).toMatchObject({ status: 'blocked-approval', approvalRequestId: 'r1' })
    expect(invocation).not.toHaveProperty('approvalUnsaved')
    expect(await world.state.approvals.get(scope, 'r1')).toMatchObject({ status: 'pending' })
  })

  test('a repeat with the same idempotency key resolves with what was saved', async () => {
    const keyed = { ...request(), idempotencyKey: 'k1' }
    const first = await world.state.saveAndBlock(scope, 'i1', keyed)
    expect(await world.state.saveAndBlock(scope, 'i1', keyed)).toEqual(first)
    expect(await codeOf(world.state.saveAndBlock(scope, 'i1', { ...keyed, input: {} }))).toBe('idempotency-conflict')
  })

  test('an unknown, a foreign and a blocked invocation are refused, and nothing is saved', async () => {
    const { state } = world
    expect(await codeOf(state.saveAndBlock(scope, 'i2', request()))).toBe('unknown-invocation')
    expect(await codeOf(state.saveAndBlock({ thread: 'x' }, 'i1', request()))).toBe('unknown-invocation')
    await state.invocations.blockAuth(scope, 'i1', 'login')
    expect(await codeOf(state.saveAndBlock(scope, 'i1', request()))).toBe('invocation-blocked (blocked-auth)')
    expect(await state.approvals.get(scope, 'r1')).toBeUndefined()
    expect((await filesystem.list(SLOTS_ROOT)).items).toEqual([])
  })
})

test('RunState.saveAndBlock() keeps to an order where the two records are of different mounts', async () => {
  const [everything, approvals] = [await MemoryFilesystem.open(), await MemoryFilesystem.open()]
  const mounts = mountTable([
    { at: '/', filesystem: everything },
    { at: APPROVALS_ROOT, filesystem: approvals },
  ])
  const { clock, state } = worldOf(mounts)
  await state.invocations.start(scope, { id: 'i1', capabilityId: 'shell.run' })
  const { invocation } = await state.saveAndBlock(scope, 'i1', requestOf(clock))
  expect(invocation).toMatchObject({ status: 'blocked-approval', approvalRequestId: 'r1' })
  expect(invocation).not.toHaveProperty('approvalUnsaved')
  expect(await state.approvals.get(scope, 'r1')).toMatchObject({ status: 'pending', invocationId: 'i1' })
})
