import { truncate } from 'node:fs/promises'
import { join } from 'node:path'
import {
  JsonTree,
  MATCHES_MAX,
  MatchScan,
  parseFilter,
  parseInstant,
  readRows,
  redact,
  remove,
  revert,
  RowWindow,
  textWindow,
  TREE_LINES_MAX,
  versionAt,
  WINDOW_BYTES,
  WINDOW_ROWS_MAX,
} from '@latchless/inspector'
import { FilesystemError, type Filesystem, VersionMismatch } from '@latchless/filesystem'
import { describe, expect, test } from 'vitest'
import { fixtureStore } from './fixture-store.ts'
import { endlessStore, memoryStore } from './records-store.ts'

const COUNT = 1_000_000
const descendants = { depth: 'descendants', deleted: false } as const

describe('a window on a million records', () => {
  async function openWindow() {
    const { fs } = await memoryStore()
    const endless = endlessStore(fs, COUNT)
    const window = new RowWindow((after, backwards, limit) =>
      readRows(endless.store, '/', { ...descendants, after, limit, order: backwards ? 'descending' : 'ascending' }),
    )
    return { ...endless, window }
  }

  test('reads one page to begin with, and one to be at the end', async () => {
    const { window, calls, pathOf } = await openWindow()
    await window.toStart()
    expect(window.rows[0]?.path).toBe(pathOf(0))
    expect(window.total).toBeUndefined()
    await window.toEnd()
    expect(window.rows.at(-1)?.path).toBe(pathOf(COUNT - 1))
    expect(window.behind).toBe(0)
    expect(calls.list).toBe(2)
  })

  test('lets go of what is far away, and knows where it is', async () => {
    const { window, pathOf } = await openWindow()
    await window.toStart()
    for (let page = 0; page < 20; page++) await window.forwards()
    expect(window.rows).toHaveLength(WINDOW_ROWS_MAX)
    expect(window.rows[0]?.path).toBe(pathOf(window.before ?? -1))
    const before = window.before ?? 0
    await window.backwards()
    expect(window.rows).toHaveLength(WINDOW_ROWS_MAX)
    expect(window.before).toBeLessThan(before)
    expect(window.rows[0]?.path).toBe(pathOf(window.before ?? -1))
  })

  test('is read anew around a record in its middle', async () => {
    const { window, pathOf } = await openWindow()
    await window.around(pathOf(500_000))
    const paths = window.rows.map(({ path }) => path)
    expect(paths).toContain(pathOf(499_900))
    expect(paths).toContain(pathOf(500_000))
    expect(new Set(paths).size).toBe(paths.length)
    expect(paths).toEqual(paths.toSorted())
  })
})

test('a small listing is counted by walking through it', async () => {
  const { fs, put } = await memoryStore()
  for (let n = 100; n < 750; n++) await put(`/r/${n}`, n)
  const window = new RowWindow((after, backwards, limit) =>
    readRows(fs, '/', { ...descendants, after, limit, order: backwards ? 'descending' : 'ascending' }),
  )
  await window.toEnd()
  expect(window.total).toBeUndefined()
  while (await window.backwards());
  expect(window.total).toBe(650)
  expect(window.rows.map(({ path }) => path)).toEqual(Array.from({ length: 650 }, (_, at) => `/r/${at + 100}`))
})

test('damaged records stand at their place in both directions', async () => {
  const store = await fixtureStore()
  for (let at = 10; at < 40; at++) await store.put(`/r/${at}`, '{}')
  for (const at of [10, 23, 24, 39]) await truncate(join(store.root, 'records/r', `${at}`, '+record/v/1'), 5)
  for (const order of ['ascending', 'descending'] as const) {
    const { rows, isLast } = await readRows(store.fs, '/', { ...descendants, limit: 100, order })
    const sorted = order === 'ascending' ? rows : rows.toReversed()
    expect(sorted.map(({ path }) => path)).toEqual(Array.from({ length: 30 }, (_, at) => `/r/${at + 10}`))
    expect(sorted.filter(({ state }) => state === 'damaged').map(({ path }) => path)).toEqual([
      '/r/10',
      '/r/23',
      '/r/24',
      '/r/39',
    ])
    expect(isLast).toBe(true)
  }
})

test('a scan stops at its bound of matches and says so', async () => {
  const { fs } = await memoryStore()
  const { store, calls } = endlessStore(fs, COUNT)
  const scan = new MatchScan(store, '/', descendants, parseFilter('1', 0))
  let pages = 0
  await scan.run(new AbortController().signal, () => pages++)
  expect(scan.state).toBe('cut')
  expect(scan.rows).toHaveLength(MATCHES_MAX)
  expect(scan.scanned).toBeLessThan(20_000)
  expect(pages).toBe(calls.list)
})

test('a scan ends when it is told to', async () => {
  const { fs } = await memoryStore()
  const { store, calls } = endlessStore(fs, COUNT)
  const stopping = new AbortController()
  await new MatchScan(store, '/', descendants, parseFilter('nothing', 0)).run(stopping.signal, () => {
    if (calls.list === 3) stopping.abort()
  })
  expect(calls.list).toBe(3)
})

describe('an earlier time', () => {
  const NOW_MS = Date.UTC(2026, 10, 21, 14, 32, 7)

  test.each([
    ['-5m', Date.UTC(2026, 10, 21, 14, 27, 7)],
    ['14:30', Date.UTC(2026, 10, 21, 14, 30)],
    ['14:30:05', Date.UTC(2026, 10, 21, 14, 30, 5)],
    ['14:40', Date.UTC(2026, 10, 20, 14, 40)],
    ['2026-11-21', Date.UTC(2026, 10, 21)],
    ['2026-11-21T14:30Z', Date.UTC(2026, 10, 21, 14, 30)],
    ['2026-11-21T14:30+02:00', Date.UTC(2026, 10, 21, 12, 30)],
    ['2026-11-21 14:30:05.118', Date.UTC(2026, 10, 21, 14, 30, 5, 118)],
  ])('is read from %s', (text, expected) => {
    expect(parseInstant(text, NOW_MS)).toBe(expected)
  })

  test.each(['', 'yesterday', '25:00', '-5', '2026-13-01', '2026-11-22T00:00Z'])('is not read from %j', (text) => {
    expect(() => parseInstant(text, NOW_MS)).toThrow(/expected .*(-5m|past)/)
  })

  test('has the version that was the newest then, nothing before the first, and no answer for what is not retained', async () => {
    const { fs, put } = await memoryStore()
    await put('/a', { n: 1 })
    await put('/a', { n: 2 })
    const { versions } = await fs.history('/a')
    const [newest] = versions
    const { signal } = new AbortController()
    expect(await versionAt(fs, '/a', newest?.info.time ?? 0, signal)).toMatchObject({ state: 'live', version: 2 })
    expect(await versionAt(fs, '/a', 0, signal)).toMatchObject({ state: 'unwritten' })
    await put('/a', { n: 3 }, { keepVersions: 0 })
    expect(await versionAt(fs, '/a', 0, signal)).toMatchObject({ state: 'pruned' })
  })
})

describe('a tree of a value', () => {
  test('opens two levels, then what is unfolded', () => {
    const tree = new JsonTree({ id: 1, lines: [{ sku: 'a' }], empty: {} })
    const shown = () => tree.lines.map(({ pointer }) => pointer)
    expect(shown()).toEqual(['', '/id', '/lines', '/lines/0', '/empty'])
    const [, , , line] = tree.lines
    if (line) tree.toggle(line)
    expect(shown()).toContain('/lines/0/sku')
    tree.level = 0
    expect(shown()).toEqual([''])
    tree.level = 1
    expect(shown()).toEqual(['', '/id', '/lines', '/empty'])
  })

  test('has a bound', () => {
    const tree = new JsonTree(Array.from({ length: 100_000 }, (_, at) => at))
    expect(tree.lines).toHaveLength(TREE_LINES_MAX)
  })

  test('names parts by JSON Pointers that are escaped', () => {
    expect(new JsonTree({ 'a/b~c': 1 }).lines[1]?.pointer).toBe('/a~1b~0c')
  })
})

test('what is redacted is nowhere in the value, and the rest is', () => {
  const value = {
    keys: [
      { id: 1, material: 'hush' },
      { id: 2, material: 'hush' },
    ],
    'a/b': 'hush',
    open: true,
  }
  const { body, hidden } = redact(Buffer.from(JSON.stringify(value)), ['/keys/*/material', '/a~1b', '/absent/x'])
  expect(hidden).toBe(3)
  expect(Buffer.from(body).toString()).not.toContain('hush')
  expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({ keys: [{ id: 1 }, { id: 2 }], open: true })
})

test('a window of text tears no character, and windows behind each other have all of them', () => {
  const text = '客户👩‍👩‍👧'.repeat(20_000)
  const bytes = new TextEncoder().encode(text)
  let read = ''
  for (let at = 0; at < bytes.length;) {
    const window = textWindow(bytes, at)
    expect(window.end - window.start).toBeLessThanOrEqual(WINDOW_BYTES)
    read += window.text
    at = window.end
  }
  expect(read === text).toBe(true)
  expect(textWindow(bytes, 1).start).toBe(0)
})

describe('writes of the inspector', () => {
  const writer = { service: 'inspector', host: 'h', pid: 1 }

  test('revert writes all of the old content on top of the head that was seen', async () => {
    const { fs, put } = await memoryStore()
    await put('/a', { n: 1 })
    await put('/a', { n: 2 })
    const seen = await fs.get('/a')
    if (seen.state !== 'live') throw new Error('not there')
    await revert(fs, '/a', 1, seen.version, writer)
    const [after, first] = [await fs.get('/a'), await fs.getVersion('/a', 1)]
    expect(after).toMatchObject({ entry: first?.state === 'live' ? first.entry : {}, info: { writer } })
    expect((await fs.history('/a')).versions).toHaveLength(3)
  })

  test('neither is done when somebody wrote in between, and neither is tried again', async () => {
    const { fs, put } = await memoryStore()
    await put('/a', { n: 1 })
    const seen = await fs.get('/a')
    await put('/a', { n: 2 })
    if (seen.state !== 'live') throw new Error('not there')
    await expect(remove(fs, '/a', seen.version, writer)).rejects.toBeInstanceOf(VersionMismatch)
    await expect(revert(fs, '/a', 1, seen.version, writer)).rejects.toBeInstanceOf(VersionMismatch)
    expect((await fs.history('/a')).versions).toHaveLength(2)
  })

  test('a write whose answer is lost is recognised when it is sent again', async () => {
    const { fs, put } = await memoryStore()
    await put('/a', { n: 1 })
    await put('/a', { n: 2 })
    const seen = await fs.get('/a')
    if (seen.state !== 'live') throw new Error('not there')
    const { version } = await revert(losingOneAnswer(fs), '/a', 1, seen.version, writer)
    expect(await fs.get('/a')).toMatchObject({ version })
    expect((await fs.history('/a')).versions).toHaveLength(3)
  })
})

function losingOneAnswer(fs: Filesystem): Filesystem {
  let lost = false
  const put: Filesystem['put'] = async (...args) => {
    const written = await fs.put(...args)
    if (lost) return written
    lost = true
    throw new FilesystemError('unavailable', 'Cannot put "/a": the answer was lost', { retry: 'unknown' })
  }
  return new Proxy(fs, {
    get(target, name) {
      if (name === 'put') return put
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}
