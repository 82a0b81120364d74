import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { anything, type Filesystem, MemoryFilesystem, type MemoryOptions, sequenceOf } from '@latchless/filesystem'
import { InspectorError, readTrace, recordCommits, watchCommits } from '@latchless/inspector'
import { expect, onTestFinished, test, vi } from 'vitest'
import { temporaryDirectory } from './fixture-store.ts'
import { expectHarmless } from './harmless.ts'
import { rowsOf } from './inspector-process.ts'

const WRITER = { service: 'api', host: 'h1', pid: 7 }

async function put(store: Filesystem, path: string, keepVersions?: number): Promise<void> {
  const entry = { body: Buffer.from('{}'), contentType: 'application/json' }
  await store.put(path, entry, anything, { writer: WRITER, keepVersions })
}

/** A store of which every watch can be waited for. */
async function watchedStore(options: MemoryOptions = {}) {
  const store = await MemoryFilesystem.open(options)
  let watching = 0
  const watched = new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      if (name !== 'watch') return member.bind(target) as unknown
      return (...args: Parameters<Filesystem['watch']>) => {
        const iterator = target.watch(...args)[Symbol.asyncIterator]()
        return {
          [Symbol.asyncIterator]: () => ({
            next: () => {
              const next = iterator.next()
              watching++
              return next
            },
            return: () => iterator.return?.() ?? Promise.resolve({ done: true as const, value: undefined }),
          }),
        }
      }
    },
  })
  return { store: watched, begun: () => vi.waitFor(() => expect(watching).toBeGreaterThan(0)) }
}

function collect(store: Filesystem, prefix: string) {
  const stopped = new AbortController()
  onTestFinished(() => stopped.abort())
  const seen: string[] = []
  const ended = (async () => {
    for await (const { path, versions, missing } of watchCommits(store, prefix, {
      signal: stopped.signal,
      startMs: Date.now(),
    })) {
      if (missing > 0) seen.push(`${path} -${missing}`)
      for (const { version } of versions) seen.push(`${path} v${sequenceOf(version)}`)
    }
  })()
  return { seen, ended, stop: () => stopped.abort() }
}

test('watchCommits() tells every version, also those that a watch skips', async () => {
  const { store, begun } = await watchedStore()
  await put(store, '/a/old')
  const writtenMs = Date.now()
  // What has the time at which the watch began may have come after it.
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(writtenMs))
  const { seen } = collect(store, '/a')
  await begun()
  for (let n = 0; n < 5; n++) await put(store, '/a/1')
  await put(store, '/b/1')
  await put(store, '/a/old')
  await vi.waitFor(() => expect(seen).toContain('/a/old v2'))
  expect(seen.filter((each) => each.startsWith('/a/1'))).toEqual([1, 2, 3, 4, 5].map((n) => `/a/1 v${n}`))
  expect(seen.filter((each) => each.startsWith('/b'))).toEqual([])
  expect(seen.filter((each) => each.includes('/a/old'))).toEqual(['/a/old v2'])
})

test('watchCommits() counts versions that were not retained', async () => {
  const { store, begun } = await watchedStore()
  const { seen } = collect(store, '/')
  await begun()
  await put(store, '/a', 0)
  await vi.waitFor(() => expect(seen).toEqual(['/a v1']))
  // Within one turn, so that the watch sees the last of them only.
  await Promise.all(Array.from({ length: 6 }, () => put(store, '/a', 1)))
  await vi.waitFor(() => expect(seen).toContain('/a v7'))
  const told = seen.filter((each) => each.startsWith('/a v')).length
  const missing = seen.filter((each) => each.includes(' -')).reduce((sum, each) => sum - Number(each.split(' ')[1]), 0)
  expect(told + missing).toBe(7)
})

test('watchCommits() refuses a store that tells of no changes', async () => {
  const store = await MemoryFilesystem.open()
  const silent = Object.assign(Object.create(store) as Filesystem, {
    capabilities: () => ({ ...store.capabilities('/'), watch: false }),
  })
  const { ended } = collect(silent, '/')
  await expect(ended).rejects.toThrow(InspectorError)
})

test('recordCommits() writes a trace with a head, each commit and an end with its checksum', async () => {
  const { store, begun } = await watchedStore()
  const file = join(await temporaryDirectory(), 'a.castrace.jsonl')
  const recording = recordCommits(store, '/', file, {
    signal: AbortSignal.timeout(20_000),
    nowMs: () => Date.now(),
    max: 3,
  })
  await begun()
  for (let n = 0; n < 4; n++) await put(store, `/a/${n % 2}`)
  expect(await recording).toEqual({ commits: 3, missing: 0 })
  const rows = rowsOf(await readFile(file, 'utf8')) as Record<string, unknown>[]
  expect(rows.map(({ e }) => e)).toEqual(['head', 'commit', 'commit', 'commit', 'end'])
  expect(rows[0]).toMatchObject({ format: 'cas-trace', v: 1, unit: 'us', values: 'none' })
  expect(rows[1]).toMatchObject({ key: '/a/0', ver: 1, w: 'api@h1/7', size: 2 })
  expect(rows[3]).toMatchObject({ key: '/a/0', ver: 2 })
  expect(rows[4]).toMatchObject({ n: 3 })
})

test('recordCommits() writes nothing that a terminal would act on', async () => {
  const { store, begun } = await watchedStore()
  const file = join(await temporaryDirectory(), 'a.castrace.jsonl')
  const recording = recordCommits(store, '/', file, {
    signal: AbortSignal.timeout(20_000),
    nowMs: () => Date.now(),
    max: 1,
  })
  await begun()
  const path = '/\u202eevil\u200b'
  await put(store, path)
  await recording
  expectHarmless(await readFile(file, 'utf8'))
  const trace = await readTrace([file])
  expect(trace.problems).toEqual([])
  expect(trace.names.text(trace.columns.key[0] ?? 0)).toBe(path)
})

test('recordCommits() makes no file where the store tells of no changes', async () => {
  const store = await MemoryFilesystem.open()
  const silent = Object.assign(Object.create(store) as Filesystem, {
    capabilities: () => ({ ...store.capabilities('/'), watch: false }),
  })
  const directory = await temporaryDirectory()
  const stopped = { signal: AbortSignal.abort(), nowMs: () => Date.now() }
  await expect(recordCommits(silent, '/', join(directory, 'a.castrace.jsonl'), stopped)).rejects.toThrow(InspectorError)
  expect(await readdir(directory)).toEqual([])
})

test('recordCommits() refuses a file that exists, and leaves it alone', async () => {
  const { store } = await watchedStore()
  const file = join(await temporaryDirectory(), 'a.castrace.jsonl')
  const stopped = { signal: AbortSignal.abort(), nowMs: () => Date.now() }
  await recordCommits(store, '/', file, stopped)
  const before = await readFile(file, 'utf8')
  await expect(recordCommits(store, '/', file, stopped)).rejects.toMatchObject({ code: 'refused' })
  expect(await readFile(file, 'utf8')).toBe(before)
})

test('recordCommits() gives commits of one record times that never go back, whatever the clocks of writers say', async () => {
  let nowMs = Date.UTC(2026, 10, 21)
  const clocks = [5000, -9000, 0, 99_000]
  const { store: skewed, begun } = await watchedStore({
    runtime: {
      monotonicMs: () => performance.now(),
      wallMs: () => nowMs + (clocks.shift() ?? 0),
      random: Math.random,
      randomHex: (bytes) =>
        Buffer.from(Array.from({ length: bytes }, () => Math.floor(Math.random() * 256))).toString('hex'),
      sleep: async () => {},
      turn: () => new Promise((resolve) => setImmediate(resolve)),
    },
  })
  const file = join(await temporaryDirectory(), 'a.castrace.jsonl')
  const recording = recordCommits(skewed, '/', file, {
    signal: AbortSignal.timeout(20_000),
    nowMs: () => nowMs,
    max: 4,
  })
  await begun()
  for (let n = 0; n < 4; n++) {
    nowMs += 1000
    await put(skewed, '/a')
  }
  await recording
  const rows = rowsOf(await readFile(file, 'utf8')) as { e: string; t: number }[]
  const times = rows.filter(({ e }) => e === 'commit').map(({ t }) => t)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(times[0]).toBeGreaterThanOrEqual(0)
  expect(Math.max(...times)).toBeLessThanOrEqual(4_000_000)
})
