import {
  absent,
  anything,
  type Change,
  type Filesystem,
  MemoryFilesystem,
  sequenceOf,
  type WatchOptions,
} from '@latchless/filesystem'
import { ChangeFeed, type ChangeLog, type ChangePage } from '@latchless/filesystem/testing'
import { describe, expect, onTestFinished, test } from 'vitest'

const entry = { body: new Uint8Array(), contentType: 'text/plain' }

/** A change log that tells what a test puts into it, one change a page. A cursor is the number of changes before it. */
class ScriptedLog implements ChangeLog {
  readonly changes: Change[] = []
  /** Cursors before this number are too old. */
  oldest = 0
  failure: Error | undefined
  #woken = Promise.withResolvers<void>()

  add(...changes: Change[]): void {
    this.changes.push(...changes)
    this.#woken.resolve()
    this.#woken = Promise.withResolvers()
  }

  async now(): Promise<string> {
    return String(this.changes.length)
  }

  async after(cursor: string): Promise<ChangePage | undefined> {
    if (this.failure) throw this.failure
    const position = Number(cursor)
    if (!Number.isSafeInteger(position) || position < this.oldest) return undefined
    const page = this.changes.slice(position, position + 1)
    const next = position + page.length
    return { changes: page, cursor: String(next), end: next === this.changes.length }
  }

  async wait(cursor: string, signal: AbortSignal): Promise<void> {
    if (Number(cursor) < this.changes.length) return
    const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    await Promise.race([this.#woken.promise, ended])
  }
}

async function setUp(options: WatchOptions = {}) {
  const store = await MemoryFilesystem.open({ tombstoneMs: 0 })
  onTestFinished(() => store.close())
  const log = new ScriptedLog()
  const closing = new AbortController()
  const feed = (asked: WatchOptions = options) =>
    new ChangeFeed(store, log, '/', asked, closing.signal)[Symbol.asyncIterator]()
  return { store, log, closing, feed }
}

/** Writes a record and tells the log of it. */
async function put(store: Filesystem, log: ScriptedLog, path: string): Promise<void> {
  const { version } = await store.put(path, entry, anything)
  log.add({ type: 'put', path, version, cursor: String(log.changes.length + 1) })
}

async function take(iterator: AsyncIterator<Change>, count: number): Promise<string[]> {
  const told: string[] = []
  for (let n = 0; n < count; n++) {
    const result = await iterator.next()
    told.push(result.done === true ? 'end' : inWords(result.value))
  }
  return told
}

function inWords(change: Change): string {
  if (change.type === 'gap') return 'gap'
  return `${change.type} ${change.path}${change.type === 'compacted' ? '' : ` ${sequenceOf(change.version)}`}`
}

describe('ChangeFeed', () => {
  test('begins with what comes after the first next(), and goes on page by page', async () => {
    const { store, log, feed } = await setUp()
    await put(store, log, '/before')
    const iterator = feed()
    const first = iterator.next()
    await put(store, log, '/a')
    await put(store, log, '/b')
    expect((await first).value).toMatchObject({ type: 'put', path: '/a', cursor: '2' })
    expect(await take(iterator, 1)).toEqual(['put /b 1'])
  })

  test('goes on from a cursor', async () => {
    const { store, log, feed } = await setUp()
    for (const path of ['/a', '/b', '/c']) await put(store, log, path)
    expect(await take(feed({ after: '1' }), 2)).toEqual(['put /b 1', 'put /c 1'])
  })

  test('tells a gap and every head where the cursor is too old', async () => {
    const { store, log, feed } = await setUp()
    for (const path of ['/a', '/a', '/b', '/c']) await put(store, log, path)
    await store.delete('/b', anything)
    log.oldest = 4
    const iterator = feed({ after: '1' })
    expect(await take(iterator, 4)).toEqual(['gap', 'put /a 2', 'delete /b 2', 'put /c 1'])
    await put(store, log, '/d')
    expect(await take(iterator, 1)).toEqual(['put /d 1'])
  })

  test('lists the heads again when it goes on from the middle of them', async () => {
    const { store, log, feed } = await setUp()
    for (const path of ['/a', '/b']) await put(store, log, path)
    const iterator = feed({ after: 'unknown' })
    const told = [await iterator.next(), await iterator.next(), await iterator.next()]
    const cursors = told.map(({ value }) => (value as Change).cursor)
    for (const middle of cursors.slice(0, -1)) {
      expect(await take(feed({ after: middle }), 3)).toEqual(['gap', 'put /a 1', 'put /b 1'])
    }
    await put(store, log, '/c')
    expect(await take(feed({ after: cursors.at(-1) ?? '' }), 1)).toEqual(['put /c 1'])
  })

  test('tells no version behind a later one that the listing has shown', async () => {
    const { store, log, feed } = await setUp()
    await put(store, log, '/a')
    const iterator = feed({ after: 'unknown' })
    expect(await take(iterator, 1)).toEqual(['gap'])
    // Logged behind the cursor of the listing, which shows the last of these.
    for (let n = 0; n < 3; n++) await put(store, log, '/a')
    await put(store, log, '/b')
    const told = await take(iterator, 2)
    expect(told.at(-1)).toBe('put /a 4')
    expect(await take(iterator, 1)).toEqual(['put /b 1'])
  })

  test('tells as compacted what was purged while it listed', async () => {
    const { store, log, feed } = await setUp()
    await put(store, log, '/a')
    await put(store, log, '/z')
    const iterator = feed({ after: 'unknown' })
    expect(await take(iterator, 2)).toEqual(['gap', 'put /a 1'])
    const gone = await store.delete('/a', anything)
    if (gone) log.add({ type: 'delete', path: '/a', version: gone.version, cursor: '3' })
    while ((await store.get('/a')).state !== 'unwritten') await store.maintain()
    expect(await take(iterator, 2)).toEqual(['put /z 1', 'compacted /a'])
    await store.put('/a', entry, absent)
    await put(store, log, '/a')
    expect(await take(iterator, 1)).toEqual(['put /a 2'])
  })

  test('tells another gap when it falls behind again', async () => {
    const { store, log, feed } = await setUp()
    await put(store, log, '/a')
    const iterator = feed({ after: '0' })
    expect(await take(iterator, 1)).toEqual(['put /a 1'])
    for (const path of ['/b', '/c']) await put(store, log, path)
    log.oldest = 3
    expect(await take(iterator, 4)).toEqual(['gap', 'put /a 1', 'put /b 1', 'put /c 1'])
  })

  test('rejects with the error of the log', async () => {
    const { log, feed } = await setUp()
    log.failure = new Error('Cannot read the changes: the disk is gone')
    await expect(feed({ after: '0' }).next()).rejects.toBe(log.failure)
  })

  test('ends by return(), also while it waits, and hands out nothing that it had read', async () => {
    const { store, log, feed } = await setUp()
    const waiting = feed()
    const pending = waiting.next()
    await waiting.return?.()
    expect(await pending).toEqual({ done: true, value: undefined })
    for (const path of ['/a', '/b']) await put(store, log, path)
    const reading = feed({ after: '0' })
    expect(await take(reading, 1)).toEqual(['put /a 1'])
    await reading.return?.()
    expect(await take(reading, 2)).toEqual(['end', 'end'])
  })

  test('ends by its signal, also while it waits', async () => {
    const { feed } = await setUp()
    const controller = new AbortController()
    const pending = feed({ signal: controller.signal }).next()
    controller.abort()
    expect(await pending).toEqual({ done: true, value: undefined })
    expect(await take(feed({ signal: controller.signal }), 1)).toEqual(['end'])
  })

  test('throws closed when the filesystem is closed, also while it waits', async () => {
    const { closing, feed } = await setUp()
    const iterator = feed()
    const pending = iterator.next()
    closing.abort()
    await expect(pending).rejects.toMatchObject({ code: 'closed' })
    await expect(iterator.next()).rejects.toMatchObject({ code: 'closed' })
  })

  test('takes what a read says while it is being ended for the end', async () => {
    const { log, feed } = await setUp()
    const iterator = feed({ after: '0' })
    const pending = iterator.next()
    log.failure = new Error('Cannot read the changes: the pool has ended')
    await iterator.return?.()
    log.add({ type: 'gap', cursor: '1' })
    expect(await pending).toEqual({ done: true, value: undefined })
  })
})
