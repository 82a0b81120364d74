import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Change, LocalOptions, Runtime } from '@latchless/filesystem'
import { anything, LocalFilesystem, systemRuntime } from '@latchless/filesystem'
import { describe, expect, test } from 'vitest'
import { temporaryStore } from './fixture.ts'
import { entryOf } from './scenarios.ts'

const HOUR_MS = 60 * 60 * 1000

/** Sleeps end when the test says so. */
class HandTurned implements Runtime {
  readonly #sleepers = new Set<() => void>()
  readonly sleptMs: number[] = []
  readonly #aheadMs: number
  #nowMs = 0

  constructor(aheadMs = 0) {
    this.#aheadMs = aheadMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }
  wallMs(): number {
    return systemRuntime.wallMs() + this.#aheadMs
  }
  random(): number {
    return systemRuntime.random()
  }
  randomHex(bytes: number): string {
    return systemRuntime.randomHex(bytes)
  }
  async turn(): Promise<void> {
    await systemRuntime.turn()
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleptMs.push(ms)
    await new Promise<void>((resolve, reject) => {
      this.#sleepers.add(resolve)
      signal?.addEventListener('abort', () => reject(signal.reason as Error))
    })
  }

  /** Resolves when somebody sleeps. */
  async untilAsleep(): Promise<void> {
    while (this.#sleepers.size === 0) await systemRuntime.turn()
  }

  turnBy(ms: number): void {
    this.#nowMs += ms
    for (const wake of this.#sleepers) wake()
    this.#sleepers.clear()
  }
}

async function twoHandles(
  options: Partial<LocalOptions>,
): Promise<{ root: string; own: LocalFilesystem; other: LocalFilesystem }> {
  const { root, filesystem: other } = await temporaryStore()
  const own = await LocalFilesystem.open({ root, ...options })
  return { root, own, other }
}

function nextOf(filesystem: LocalFilesystem, prefix: string): [AsyncIterator<Change>, Promise<IteratorResult<Change>>] {
  const changes = filesystem.watch(prefix)[Symbol.asyncIterator]()
  return [changes, changes.next()]
}

describe('watch() of a local store', () => {
  test('looks for writes of others once per interval, and not in between', async () => {
    const runtime = new HandTurned()
    const { own, other } = await twoHandles({ runtime, watchIntervalMs: 1234 })
    const [changes, next] = nextOf(own, '/')
    await runtime.untilAsleep()
    expect(runtime.sleptMs).toEqual([1234])
    const { version } = await other.put('/r', entryOf('x'), anything)
    runtime.turnBy(1234)
    expect(await next).toMatchObject({ value: { type: 'put', path: '/r', version } })
    await changes.return?.()
  })

  test('tells a write of its own process without waiting for the interval', async () => {
    const { own } = await twoHandles({ watchIntervalMs: HOUR_MS })
    const changes = own.watch('/a')[Symbol.asyncIterator]()
    const seen: unknown[] = []
    for (const path of ['/a/1', '/a/2', '/a/3']) {
      const next = changes.next()
      await own.put(path, entryOf('x'), anything)
      seen.push((await next).value)
    }
    await own.delete('/a/2', anything)
    seen.push((await changes.next()).value)
    expect(seen).toMatchObject([
      { type: 'put', path: '/a/1' },
      { type: 'put', path: '/a/2' },
      { type: 'put', path: '/a/3' },
      { type: 'delete', path: '/a/2' },
    ])
    await changes.return?.()
  })

  test('looks for writes of others ahead of the interval where its own process writes', async () => {
    const { own, other } = await twoHandles({ watchIntervalMs: HOUR_MS })
    for (let record = 0; record < 20; record++) await own.put(`/c/${record}`, entryOf('old'), anything)
    const changes = own.watch('/c')[Symbol.asyncIterator]()
    const next = changes.next()
    await own.put('/c/own', entryOf('x'), anything)
    await next
    const { version } = await other.put('/c/other', entryOf('x'), anything)
    const told: Change[] = []
    while (!told.some((change) => 'version' in change && change.version === version)) {
      const pending = changes.next()
      await own.put('/c/own', entryOf('x'), anything)
      const { value } = await pending
      if (value) told.push(value)
    }
    expect(told.length).toBeLessThan(20)
    await changes.return?.()
  })

  test('owes what another handle wrote once it was first iterated, however early', async () => {
    const { own, other } = await twoHandles({ watchIntervalMs: 5 })
    for (let record = 0; record < 50; record++) await own.put(`/c/${record}`, entryOf('old'), anything)
    for (let round = 0; round < 5; round++) {
      const path = `/c/${round * 10}`
      const [changes, first] = nextOf(own, '/c')
      // The watch is still noting what is there when this lands.
      const { version } = await other.put(path, entryOf(`new ${round}`), anything)
      let change = await first
      while (!change.done && !('version' in change.value && change.value.version === version))
        change = await changes.next()
      expect(change).toMatchObject({ value: { type: 'put', path } })
      await changes.return?.()
    }
  })

  test('is ended by a damaged record only when that changes, and names it', async () => {
    // A clock ahead of the files: nothing looks as if it had been written while the watch began.
    const runtime = new HandTurned(HOUR_MS)
    const { root, own, other } = await twoHandles({ runtime })
    await other.put('/c/bad', entryOf('x'), anything)
    await writeFile(join(root, 'records/c/bad/+record/v/1'), 'damaged')
    const [changes, next] = nextOf(own, '/c')
    await runtime.untilAsleep()
    await own.put('/c/good', entryOf('y'), anything)
    expect(await next).toMatchObject({ value: { path: '/c/good' } })
    const ending = Promise.allSettled([changes.next()])
    await writeFile(join(root, 'records/c/bad/+record/v/2'), 'damaged')
    await runtime.untilAsleep()
    runtime.turnBy(HOUR_MS)
    expect(await ending).toMatchObject([{ status: 'rejected', reason: { code: 'corrupt', path: '/c/bad' } }])
  })

  test('refuses an interval that no timer holds', async () => {
    const { root } = await temporaryStore()
    for (const watchIntervalMs of [0, Number.NaN, 2 ** 31]) {
      await expect(LocalFilesystem.open({ root, watchIntervalMs })).rejects.toMatchObject({ code: 'invalid-argument' })
    }
  })
})
