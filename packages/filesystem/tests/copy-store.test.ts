import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  absent,
  anything,
  casUpdate,
  type CopyOptions,
  copyStore,
  type CopyProgress,
  defineRecord,
  encrypted,
  type Filesystem,
  Keyring,
  type LiveHead,
  MemoryFilesystem,
  openFilesystem,
  write,
} from '@latchless/filesystem'
import { FaultScript, faulty } from '@latchless/filesystem/testing'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'

const Note = defineRecord({
  kind: 'note',
  schemaVersion: 1,
  schema: z.object({ text: z.string(), n: z.int() }),
  indexes: { byN: ({ n }) => [n] },
})

let from: Filesystem
let to: Filesystem

beforeEach(async () => {
  from = await MemoryFilesystem.open({})
  to = await MemoryFilesystem.open({})
})

async function opened(scheme: string): Promise<Filesystem> {
  if (scheme === 'memory') return MemoryFilesystem.open({})
  const directory = await mkdtemp(join(tmpdir(), 'latchless-copy-'))
  const store = await openFilesystem(`${scheme}:${join(directory, 'store')}`)
  onTestFinished(async () => {
    await store.close()
    await rm(directory, { recursive: true, force: true })
  })
  return store
}

const note = (store: Filesystem, path: string, text: string, opId?: string) =>
  casUpdate(store, path, Note, (now) => write({ text, n: (now?.n ?? 0) + 1 }), opId === undefined ? {} : { opId })

async function fill(store: Filesystem): Promise<void> {
  for (let n = 0; n < 25; n++) await note(store, `/notes/n${n}`, `text ${n}`)
  for (let n = 0; n < 3; n++) await note(store, '/notes/n7', `again ${n}`, `op-${n}`)
  await store.put('/bytes', { body: Uint8Array.of(0, 255), contentType: 'image/png' }, anything)
  await note(store, '/gone', 'was here')
  await store.delete('/gone', anything)
}

async function liveAt(store: Filesystem, path: string): Promise<LiveHead> {
  const head = await store.get(path)
  if (head.state !== 'live') throw new Error(`Cannot read ${path}: it is ${head.state}`)
  return head
}

describe('copyStore()', () => {
  it.each([
    ['memory', 'memory'],
    ['memory', 'file'],
    ['file', 'memory'],
    ['memory', 'sqlite'],
    ['sqlite', 'file'],
  ])('moves the live state from %s to %s, with kinds, tuples, old versions and opIds', async (source, target) => {
    ;[from, to] = [await opened(source), await opened(target)]
    await fill(from)
    const report = await copyStore(from, to)
    expect(report).toMatchObject({ records: 26, copied: 26, unchanged: 0, conflicts: 0, vanished: 0, logs: [] })
    expect(report.verification).toMatchObject({ compared: 26, different: 0, missing: 0, extra: 0, paths: [] })

    const [old, copy] = [await liveAt(from, '/notes/n7'), await liveAt(to, '/notes/n7')]
    expect(copy.entry).toEqual(old.entry)
    expect(copy.info.updates[0]).toEqual({ opId: `copy:${old.version}`, writer: old.info.writer })
    expect((await liveAt(to, '/bytes')).entry.contentType).toBe('image/png')
    expect(await to.get('/gone')).toEqual({ state: 'unwritten' })
    // An update that the source had seen is recognised by the target.
    expect(await note(to, '/notes/n7', 'again', 'op-1')).toMatchObject({ changed: false })
    expect((await liveAt(to, '/notes/n7')).version).toBe(copy.version)
  })

  it('writes nothing the second time, and brings up to date what the source has changed since', async () => {
    await fill(from)
    await copyStore(from, to)
    const before = await liveAt(to, '/bytes')
    expect(await copyStore(from, to)).toMatchObject({ copied: 0, unchanged: 26, updated: 0 })
    expect(await to.get('/bytes')).toEqual(before)
    await note(from, '/notes/n3', 'newer')
    expect(await copyStore(from, to)).toMatchObject({ unchanged: 25, updated: 1, verification: { different: 0 } })
  })

  it('goes on after an interruption at any write, and in the end everything is there once', async () => {
    await fill(from)
    const script = new FaultScript()
    const stopping = faulty(to, script)
    for (let stop = 0; stop < 5; stop++) {
      script.add({ operation: 'put', fault: 'error-before', nth: 4, error: new Error('pulled the plug') })
      await expect(copyStore(from, stopping, { concurrency: 2 })).rejects.toThrow('pulled the plug')
    }
    const report = await copyStore(from, to)
    expect(report).toMatchObject({ records: 26, conflicts: 0, verification: { compared: 26, different: 0 } })
    expect(report.unchanged).toBeGreaterThan(5)
    for (const item of (await to.list('/')).items) expect(item.head?.info.version).toMatch(/^1\./)
  })

  it('reports what is different in the target, live or deleted, and leaves it alone unless told', async () => {
    await fill(from)
    await note(to, '/notes/n1', 'mine')
    await note(to, '/notes/n2', 'mine')
    await to.delete('/notes/n2', anything)
    await copyStore(from, to, { prefix: '/notes' })
    await note(to, '/notes/n4', 'changed after it was copied')
    await note(from, '/notes/n4', 'changed in both')
    const report = await copyStore(from, to, { prefix: '/notes' })
    expect(report).toMatchObject({ records: 25, unchanged: 22, conflicts: 3 })
    expect(report.conflictPaths.toSorted()).toEqual(['/notes/n1', '/notes/n2', '/notes/n4'])
    expect(report.verification).toMatchObject({ compared: 24, different: 2, missing: 1 })
    expect(Note.decode((await liveAt(to, '/notes/n1')).entry, '/notes/n1')).toMatchObject({ text: 'mine' })

    const forced = await copyStore(from, to, { prefix: '/notes', overwrite: true })
    expect(forced).toMatchObject({
      overwritten: 3,
      conflicts: 0,
      verification: { compared: 25, different: 0, missing: 0 },
    })
  })

  it('loses nothing that is written into the target meanwhile', async () => {
    await note(from, '/a', 'source')
    const racing = new Proxy(to, {
      get(store, key) {
        const member: unknown = Reflect.get(store, key)
        if (key !== 'put' || typeof member !== 'function')
          return typeof member === 'function' ? member.bind(store) : member
        return async (...args: Parameters<Filesystem['put']>) => {
          if ((await store.get('/a')).state === 'unwritten') await note(store, '/a', 'the other one')
          return store.put(...args)
        }
      },
    })
    expect(await copyStore(from, racing)).toMatchObject({ copied: 0, conflicts: 1, conflictPaths: ['/a'] })
    expect(Note.decode((await liveAt(to, '/a')).entry, '/a')).toMatchObject({ text: 'the other one' })
  })

  it('repeats a write whose outcome is unknown identically', async () => {
    await note(from, '/a', 'once')
    const script = new FaultScript()
    script.add({ operation: 'put', fault: 'error-after' })
    expect(await copyStore(from, faulty(to, script))).toMatchObject({ copied: 1, verification: { different: 0 } })
    expect((await liveAt(to, '/a')).version).toMatch(/^1\./)
  })

  it('finds records that differ, are missing, or are only in the target', async () => {
    await fill(from)
    await copyStore(from, to)
    await to.put('/bytes', { body: Uint8Array.of(0, 254), contentType: 'image/png' }, anything)
    await to.delete('/notes/n1', anything)
    await note(to, '/zz', 'only here')
    const { verification } = await copyStore(from, to)
    const paths = ['/bytes', '/notes/n1']
    expect(verification).toMatchObject({ compared: 25, different: 1, missing: 1, extra: 1, paths })
  })

  it('writes nothing in a dry run, and tells what it would do', async () => {
    await fill(from)
    await from.append('/log', [Buffer.from('a')])
    const report = await copyStore(from, to, { dryRun: true, logs: ['/log'] })
    expect(report).toMatchObject({ copied: 26, logs: [{ log: '/log', entries: 1 }], verification: undefined })
    expect((await to.list('/')).items).toEqual([])
    expect((await to.read('/log')).entries).toEqual([])
  })

  it('stops for a signal and tells how far it is', async () => {
    await fill(from)
    const controller = new AbortController()
    const progress: CopyProgress[] = []
    const options: CopyOptions = {
      concurrency: 1,
      signal: controller.signal,
      onProgress: (step) => {
        progress.push(step)
        if (step.done === 5) controller.abort()
      },
    }
    await expect(copyStore(from, to, options)).rejects.toMatchObject({ code: 'aborted', operation: 'copy' })
    expect(progress.map(({ phase, done }) => `${phase} ${done}`)).toEqual([1, 2, 3, 4, 5].map((n) => `copy ${n}`))
    expect((await to.list('/')).items).toHaveLength(5)
  })

  it('copies more than a page through targets with small limits', async () => {
    for (let n = 0; n < 450; n++) {
      await from.put(`/p/${n}`, { body: Buffer.from(`${n}`), contentType: 'text/plain' }, absent)
    }
    const small = await MemoryFilesystem.open({ limits: { pageSizeMax: 7, updatesMax: 1 } })
    expect(await copyStore(from, small)).toMatchObject({ copied: 450, verification: { compared: 450 } })
  })

  it('moves bytes to and from a byte-only store, and takes no record there', async () => {
    const plain = await opened('plain')
    await from.put('/a/b', { body: Buffer.from('text'), contentType: 'text/plain' }, anything)
    expect(await copyStore(from, plain)).toMatchObject({ copied: 1, verification: { compared: 1, different: 0 } })
    expect(await copyStore(from, plain)).toMatchObject({ unchanged: 1 })
    await from.put('/a/b', { body: Buffer.from('other'), contentType: 'text/plain' }, anything)
    expect(await copyStore(from, plain)).toMatchObject({ conflicts: 1 })
    expect(await copyStore(from, plain, { overwrite: true })).toMatchObject({ overwritten: 1 })
    expect(await copyStore(plain, to)).toMatchObject({ copied: 1, verification: { different: 0 } })
    await plain.put('/a/b', { body: Buffer.from('third'), contentType: 'text/plain' }, anything)
    expect(await copyStore(plain, to)).toMatchObject({ updated: 0, conflicts: 1 })
    expect(await copyStore(plain, to, { overwrite: true })).toMatchObject({ overwritten: 1 })
    await note(from, '/a/note', 'a record')
    for (const dryRun of [true, false]) {
      const refused = await copyStore(from, plain, { dryRun })
      expect(refused).toMatchObject({ refused: 1, refusals: [{ code: 'unsupported', path: '/a/note' }] })
    }
  })

  it('copies sealed records through their keys only, since a body opens at no other version', async () => {
    const sealing = (store: Filesystem) =>
      encrypted(store, new Keyring({ keys: { k1: Keyring.generateKey() }, active: 'k1' }))
    const [sealed, resealed] = [sealing(from), sealing(to)]
    await note(sealed, '/a', 'secret')
    await note(sealed, '/a', 'secret again')
    expect(await copyStore(from, to)).toMatchObject({ refused: 1, refusals: [{ path: '/a', code: 'unsupported' }] })
    expect(await to.get('/a')).toEqual({ state: 'unwritten' })
    expect(await copyStore(sealed, resealed)).toMatchObject({ copied: 1, verification: { different: 0 } })
    expect(Note.decode((await liveAt(resealed, '/a')).entry, '/a')).toMatchObject({ text: 'secret again' })
    expect(await copyStore(sealed, resealed)).toMatchObject({ unchanged: 1 })
  })

  it('refuses what makes no sense', async () => {
    await expect(copyStore(from, from)).rejects.toMatchObject({ code: 'invalid-argument' })
    await expect(copyStore(from, to, { prefix: 'a' })).rejects.toMatchObject({ code: 'invalid-argument' })
    await expect(copyStore(from, to, { concurrency: 0 })).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})
