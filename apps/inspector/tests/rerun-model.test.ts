import { join } from 'node:path'
import { anything, atVersion, type Filesystem, MemoryFilesystem, type WriteResult } from '@latchless/filesystem'
import {
  appliedUpdatesCodec,
  FATE,
  isApplied,
  NONE_APPLIED,
  readTrace,
  recordedUpdates,
  runAgain,
  verifyRun,
  withUpdate,
} from '@latchless/inspector'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { writeFile } from 'node:fs/promises'
import { temporaryDirectory } from './fixture-store.ts'
import { sharedViews } from './shared-views.ts'
import { recordStorm } from './storm.ts'

test('withUpdate() remembers a set of numbers in ranges that are in order and apart, and counts repeats', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60), { maxLength: 120 }), (numbers) => {
      const applied = numbers.reduce(withUpdate, NONE_APPLIED)
      const known = new Set(numbers)
      expect(applied.repeated).toBe(numbers.length - known.size)
      for (let number = 0; number <= 61; number++) expect(isApplied(applied, number)).toBe(known.has(number))
      for (const [at, [from, to]] of applied.ranges.entries()) {
        expect(from).toBeLessThanOrEqual(to)
        expect(from).toBeGreaterThan((applied.ranges[at - 1]?.[1] ?? -2) + 1)
      }
    }),
    { seed: 1 },
  )
})

test('what is applied takes one range however many updates there are', () => {
  let applied = NONE_APPLIED
  for (let number = 0; number < 10_000; number++) applied = withUpdate(applied, number)
  expect(applied.ranges).toEqual([[0, 9999]])
})

test('a record that is none of a re-execution is not decoded', async () => {
  const decode = async (text: string) =>
    appliedUpdatesCodec.decode({ body: Buffer.from(text), contentType: 'application/json' }, '/a')
  for (const text of ['', 'null', '{"ranges":[[1]],"repeated":0}', '{"ranges":[["a",2]],"repeated":0}']) {
    await expect(decode(text)).rejects.toMatchObject({ code: 'corrupt' })
  }
})

async function stormUpdates(processes: number) {
  const file = join(await temporaryDirectory(), 'storm.castrace.jsonl')
  await recordStorm(file, { processes, writers: 4, updatesEach: 10 })
  return recordedUpdates(await readTrace([file]))
}

test('recordedUpdates() has every update with its record, its writer and its process, in the order of their starts', async () => {
  const { updates, keys, writers, processes } = await stormUpdates(3)
  expect(updates).toHaveLength(120)
  expect({ keys, writers, processes }).toEqual({ keys: ['/hot'], writers: 3, processes: 3 })
  expect(updates.map(({ ordinal }) => ordinal)).toEqual(updates.map((_, at) => at))
  expect(new Set(updates.map(({ opId }) => opId)).size).toBe(120)
  expect(updates[0]).toMatchObject({ atUs: 0, key: '/hot', writer: { service: 'api', host: 'h' }, isNoop: false })
  const times = updates.map(({ atUs }) => atUs)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})

test('an update that had nothing to write, and one that came again, have nothing to write in the run either', async () => {
  const file = join(await temporaryDirectory(), 'a.castrace.jsonl')
  const line = (event: object) => `${JSON.stringify(event)}\n`
  const update = (t: number, op: string, out: string) =>
    line({ e: 'op', t, op, w: 'a@h/1', kind: 'update', keys: ['/k'] }) +
    line({ e: 'done', t, d: 5, op, w: 'a@h/1', out, a: 1 })
  const head = line({ e: 'head', format: 'cas-trace', v: 1, unit: 'us', wall0: '2026-11-21T14:00:00.000Z' })
  await writeFile(
    file,
    head + update(0, 'x', 'ok') + update(10, 'x', 'replayed') + update(20, 'y', 'noop') + update(30, 'z', 'ok'),
  )
  const { updates } = recordedUpdates(await readTrace([file]))
  expect(updates.map(({ opId, isNoop, ordinal }) => [opId, isNoop, ordinal])).toEqual([
    ['x', false, 0],
    ['x~2', true, 0],
    ['y', true, 0],
    ['z', false, 1],
  ])
})

test('runAgain() begins updates at their recorded times and not before, at the speed that was asked for', async () => {
  const store = await MemoryFilesystem.open()
  const starts: number[] = []
  const view = new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      if (name === 'get') starts.push(performance.now())
      return member.bind(target) as unknown
    },
  })
  const update = {
    opId: 'a',
    key: '/a',
    writer: { service: 'a', host: 'h', pid: 1 },
    process: 0,
    isNoop: false,
    ordinal: 0,
  }
  const updates = [
    { ...update, atUs: 0 },
    { ...update, opId: 'b', key: '/b', atUs: 200_000 },
  ]
  const { fates } = await runAgain(updates, {
    mode: 'combine',
    speed: 2,
    signal: new AbortController().signal,
    viewOf: () => view,
  })
  expect([...fates]).toEqual([FATE.applied, FATE.applied])
  expect((starts[1] ?? 0) - (starts[0] ?? 0)).toBeGreaterThanOrEqual(98)
})

test('a run that is told to stop begins nothing more, and what was not begun is not in the records', async () => {
  const { updates, keys } = await stormUpdates(1)
  const [view] = sharedViews(await MemoryFilesystem.open(), 1)
  if (!view) throw new Error('no view')
  const options = { mode: 'combine' as const, speed: 1, viewOf: () => view }
  const { fates } = await runAgain(updates, { ...options, signal: AbortSignal.abort() })
  expect(fates.every((fate) => fate === FATE.notRun)).toBe(true)
  expect(await verifyRun(view, keys, updates, fates)).toEqual({
    lost: 0,
    repeated: 0,
    resurrected: 0,
    unknownLanded: 0,
  })
})

/** A store that says yes to every write, also over what it has not read: updates get lost. */
function forgetful(store: MemoryFilesystem): Filesystem {
  return new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      if (name !== 'put') return member.bind(target) as unknown
      return async (...args: Parameters<Filesystem['put']>): Promise<WriteResult> =>
        await target.put(args[0], args[1], anything, args[3])
    },
  })
}

test('a store that overwrites blindly is found to lose updates', async () => {
  const { updates, keys } = await stormUpdates(4)
  const views = sharedViews(forgetful(await MemoryFilesystem.open()), 4)
  const viewOf = (process: number) => views[process] as Filesystem
  const { fates } = await runAgain(updates, {
    mode: 'plain',
    speed: 10,
    signal: new AbortController().signal,
    viewOf,
  })
  const { lost } = await verifyRun(viewOf(0), keys, updates, fates)
  expect(lost).toBeGreaterThan(0)
})

test('verifyRun() tells apart what was lost, repeated, applied after a failure, and landed without an answer', async () => {
  const store = await MemoryFilesystem.open()
  let applied = NONE_APPLIED
  for (const number of [0, 2, 2, 3]) applied = withUpdate(applied, number)
  const entry = await appliedUpdatesCodec.encode(applied, { path: '/k', sequence: 1 })
  const { version } = await store.put('/k', entry, anything)
  await store.put('/k', entry, atVersion(version))
  const update = { key: '/k', writer: { service: 'a', host: 'h', pid: 1 }, process: 0, atUs: 0, isNoop: false }
  const updates = [0, 1, 2, 3].map((ordinal) => ({ ...update, opId: `${ordinal}`, ordinal }))
  const fates = Uint8Array.of(FATE.applied, FATE.applied, FATE.refused, FATE.open)
  expect(await verifyRun(store, ['/k'], updates, fates)).toEqual({
    lost: 1,
    repeated: 1,
    resurrected: 1,
    unknownLanded: 1,
  })
})

test('runAgain() does not begin an update before its time, however far off that is', async () => {
  const store = await MemoryFilesystem.open()
  const writer = { service: 'api', host: 'h', pid: 1 }
  const update = { key: '/k', writer, process: 0, isNoop: false }
  const monthUs = 30 * 24 * 3600 * 1e6
  const updates = [
    { ...update, opId: 'now', atUs: 0, ordinal: 0 },
    { ...update, opId: 'later', atUs: monthUs, ordinal: 1 },
  ]
  const signal = AbortSignal.timeout(50)
  const { fates } = await runAgain(updates, { mode: 'plain', speed: 1, signal, viewOf: () => store })
  expect([...fates]).toEqual([FATE.applied, FATE.notRun])
})
