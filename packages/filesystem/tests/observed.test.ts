import {
  anything,
  atVersion,
  casUpdate,
  type Change,
  type Filesystem,
  MemoryFilesystem,
  Metrics,
  type MetricsSnapshot,
  observed,
  observeUpdates,
  type OperationEvent,
  prometheusText,
  unwritten,
} from '@latchless/filesystem'
import { FaultScript, faulty } from '@latchless/filesystem/testing'
import { describe, expect, it } from 'vitest'
import { Counter, increment } from './support/counter.ts'
import { intercept } from './support/intercept.ts'
import { ManualRuntime } from './support/manual-runtime.ts'

const path = '/secret-tenant/a'
const entry = { body: new Uint8Array([1, 2, 3]), contentType: 'text/plain', kind: 'secret_kind', tuples: { by_n: [1] } }

async function setUp() {
  const below = await MemoryFilesystem.open()
  const script = new FaultScript()
  const metrics = new Metrics()
  return { below, script, metrics, store: observed(faulty(below, script), metrics) }
}

/** The series of a family as `label values → value`, histograms by their count. */
function valuesOf(snapshot: MetricsSnapshot, name: string): Record<string, number> {
  const family = snapshot.families.find((each) => each.name === name)
  if (!family) throw new Error(`Cannot go on: no family ${name}`)
  return Object.fromEntries(
    family.series.map((each) => [Object.values(each.labels).join(' '), 'value' in each ? each.value : each.count]),
  )
}

describe('observed()', () => {
  it('passes every operation on and counts it with its outcome', async () => {
    const { store, metrics } = await setUp()
    const { version } = await store.put(path, entry, unwritten)
    await expect(store.put(path, entry, unwritten)).rejects.toMatchObject({ code: 'conflict' })
    await expect(store.get('not a path')).rejects.toMatchObject({ code: 'invalid-argument' })
    await store.get(path)
    await store.delete(path, atVersion(version))
    await store.close()
    await expect(store.get(path)).rejects.toMatchObject({ code: 'closed' })
    const wanted = {
      'put ok': 1,
      'put conflict': 1,
      'get invalid-argument': 1,
      'get ok': 1,
      'delete ok': 1,
      'get closed': 1,
    }
    expect(valuesOf(metrics.snapshot(), 'latchless_operations_total')).toEqual(wanted)
    expect(valuesOf(metrics.snapshot(), 'latchless_operation_duration_seconds')).toEqual(wanted)
    const inFlight = Object.values(valuesOf(metrics.snapshot(), 'latchless_operations_in_flight'))
    expect(inFlight).toEqual([0, 0, 0])
  })

  it('counts an error that is not of latchless as error, and throws it on', async () => {
    const below = await MemoryFilesystem.open()
    const failure = new TypeError('a bug')
    const metrics = new Metrics()
    const store = observed(intercept(below, { get: () => Promise.reject(failure) }), metrics)
    await expect(store.get(path)).rejects.toBe(failure)
    expect(valuesOf(metrics.snapshot(), 'latchless_operations_total')).toEqual({ 'get error': 1 })
  })

  it('counts the bytes of bodies, in pages and in steps too', async () => {
    const { store, metrics } = await setUp()
    await store.put(path, entry, unwritten)
    await store.append('/log', [new Uint8Array(5), new Uint8Array(6)])
    await store.transact([
      { type: 'put', path: '/t', entry, expect: unwritten },
      { type: 'append', path: '/log', bodies: [new Uint8Array(9)] },
      { type: 'check', path: '/none', expect: unwritten },
    ])
    await expect(store.put(path, entry, unwritten)).rejects.toMatchObject({ code: 'conflict' })
    await store.get(path)
    await store.get('/none')
    await store.list('/', { bodies: true })
    await store.list('/')
    await store.query('/secret-tenant', 'by_n', { bodies: true })
    await store.read('/log')
    await store.history(path, { bodies: true })
    await store.getVersion(path, 1)
    expect(valuesOf(metrics.snapshot(), 'latchless_body_written_bytes_total')).toEqual({
      put: 3,
      append: 11,
      transact: 12,
    })
    expect(valuesOf(metrics.snapshot(), 'latchless_body_read_bytes_total')).toEqual({
      get: 3,
      list: 6,
      query: 3,
      read: 20,
      history: 3,
      getVersion: 3,
    })
  })

  it('shows what is in flight', async () => {
    const { store, metrics, script } = await setUp()
    script.add({ operation: 'get', always: true, fault: 'delay' })
    const pending = [store.get(path), store.get(path)]
    await script.whenHeld(2)
    expect(valuesOf(metrics.snapshot(), 'latchless_operations_in_flight')).toEqual({ get: 2 })
    script.release()
    await Promise.all(pending)
    expect(valuesOf(metrics.snapshot(), 'latchless_operations_in_flight')).toEqual({ get: 0 })
  })

  it('takes durations from its clock, in seconds', async () => {
    const runtime = new ManualRuntime()
    const below = await MemoryFilesystem.open()
    const slow = intercept(below, {
      get: async (get, ...args) => {
        await runtime.sleep(250)
        return get(...args)
      },
    })
    const events: OperationEvent[] = []
    class Recording extends Metrics {
      override operationEnded(event: OperationEvent): void {
        events.push(event)
      }
    }
    await observed(slow, new Recording(), { runtime }).get(path)
    expect(events).toEqual([{ operation: 'get', outcome: 'ok', seconds: 0.25, bytesRead: 0, bytesWritten: 0 }])
  })

  it('observes a watch from its first change to its end', async () => {
    const { store, metrics } = await setUp()
    const abort = new AbortController()
    const seen: Change[] = []
    const watching = (async () => {
      for await (const change of store.watch('/', { signal: abort.signal })) {
        seen.push(change)
        abort.abort()
      }
    })()
    await store.put(path, entry, unwritten)
    await watching
    expect(seen.map(({ type }) => type)).toEqual(['put'])
    expect(valuesOf(metrics.snapshot(), 'latchless_operations_total')).toMatchObject({ 'watch ok': 1 })
    expect(valuesOf(metrics.snapshot(), 'latchless_operations_in_flight')).toMatchObject({ watch: 0 })
  })

  it('ends a watch that is left while it waits', async () => {
    const { store, metrics } = await setUp()
    const changes = store.watch('/')[Symbol.asyncIterator]()
    const waiting = changes.next()
    expect(valuesOf(metrics.snapshot(), 'latchless_operations_in_flight')).toEqual({ watch: 1 })
    await changes.return?.()
    expect(await waiting).toMatchObject({ done: true })
    expect(valuesOf(metrics.snapshot(), 'latchless_operations_total')).toEqual({ 'watch ok': 1 })
  })
})

describe('observeUpdates()', () => {
  it('counts updates, attempts and waits of casUpdate until it is disposed', async () => {
    const metrics = new Metrics()
    const below = await MemoryFilesystem.open()
    const script = new FaultScript([
      { operation: 'put', nth: 2, fault: 'busy' },
      { operation: 'put', nth: 4, fault: 'error-after' },
    ])
    const store: Filesystem = faulty(below, script)
    const runtime = new ManualRuntime()
    {
      using _observing = observeUpdates(metrics)
      await casUpdate(store, path, Counter, increment, { runtime })
      await casUpdate(store, path, Counter, increment, { runtime })
      await casUpdate(store, path, Counter, increment, { runtime })
      await below.put('/other', entry, anything)
      await expect(casUpdate(store, '/other', Counter, increment, { runtime })).rejects.toMatchObject({
        code: 'corrupt',
      })
    }
    await casUpdate(store, path, Counter, increment, { runtime })
    const snapshot = metrics.snapshot()
    expect(valuesOf(snapshot, 'latchless_updates_total')).toEqual({ ok: 3, error: 1 })
    expect(valuesOf(snapshot, 'latchless_update_duration_seconds')).toEqual({ ok: 3, error: 1 })
    expect(valuesOf(snapshot, 'latchless_update_attempts_total')).toEqual({ won: 3, busy: 1, unknown: 1 })
    expect(valuesOf(snapshot, 'latchless_update_waits_total')).toEqual({ busy: 1, unknown: 1 })
    expect(valuesOf(snapshot, 'latchless_update_wait_seconds_total')['busy']).toBeGreaterThan(0)
  })

  it('counts a lost race as a lost attempt and a wait for the conflict', async () => {
    const metrics = new Metrics()
    const below = await MemoryFilesystem.open()
    let races = 1
    const racing = intercept(below, {
      put: async (put, ...args) => {
        if (races-- > 0) await casUpdate(below, path, Counter, increment)
        return put(...args)
      },
    })
    using _observing = observeUpdates(metrics)
    await casUpdate(racing, path, Counter, increment)
    const snapshot = metrics.snapshot()
    expect(valuesOf(snapshot, 'latchless_update_attempts_total')).toEqual({ won: 2, lost: 1 })
    expect(valuesOf(snapshot, 'latchless_update_waits_total')).toEqual({ conflict: 1 })
  })
})

describe('What is measured', () => {
  it('holds no path, kind, body or writer', async () => {
    const { store, metrics } = await setUp()
    using _observing = observeUpdates(metrics)
    await store.put(path, entry, unwritten)
    await casUpdate(store, '/secret-tenant/b', Counter, increment, { opId: 'secret-op' })
    await store.list('/secret-tenant', { bodies: true })
    const shown = prometheusText(metrics.snapshot()) + JSON.stringify(metrics.snapshot())
    for (const hidden of ['secret', 'text/plain', 'unnamed@']) expect(shown).not.toContain(hidden)
  })

  it('does not change once it was taken', async () => {
    const { store, metrics } = await setUp()
    await store.get(path)
    const before = metrics.snapshot()
    const copy = structuredClone(before)
    await store.get(path)
    expect(before).toEqual(copy)
  })
})
