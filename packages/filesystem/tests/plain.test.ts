import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  absent,
  anything,
  atVersion,
  casUpdate,
  type Codec,
  type FilesystemError,
  openFilesystem,
  PLAIN_WRITE_ID,
  PlainFilesystem,
  UNVERSIONED,
  unwritten,
  VersionMismatch,
  write,
} from '@latchless/filesystem'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const run = promisify(execFile)

let base: string
let root: string
let store: PlainFilesystem

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'latchless-plain-'))
  root = join(base, 'root')
  store = await PlainFilesystem.open({ root })
})

afterEach(async () => {
  await store.close()
  await rm(base, { recursive: true, force: true })
})

function text(body: string) {
  return { body: Buffer.from(body), contentType: 'text/plain' }
}

async function bodyOf(path: string): Promise<string | undefined> {
  const head = await store.get(path)
  return head.state === 'live' ? Buffer.from(head.entry.body).toString('utf8') : undefined
}

async function pathsOf(prefix: string, options?: Parameters<PlainFilesystem['list']>[1]): Promise<string[]> {
  return (await store.list(prefix, options)).items.map((item) => item.path)
}

async function failureOf(promise: Promise<unknown>): Promise<FilesystemError> {
  return promise.then(
    () => expect.fail('it succeeded'),
    (error) => error,
  )
}

describe('PlainFilesystem.put() and get()', () => {
  it('keeps bytes in a file at its own name that other tools read and write', async () => {
    const result = await store.put('/docs/a.txt', text('hello'), anything)
    expect(result).toMatchObject({ version: UNVERSIONED, replayed: false })
    expect(await readFile(join(root, 'docs/a.txt'), 'utf8')).toBe('hello')
    await writeFile(join(root, 'docs/a.txt'), 'from outside')
    expect(await bodyOf('/docs/a.txt')).toBe('from outside')
  })

  it('answers with a head that has no version, no content type and no write id of its own', async () => {
    await store.put('/a', text('abc'), anything)
    const { mtimeMs, uid } = await stat(join(root, 'a'))
    expect(await store.get('/a')).toEqual({
      state: 'live',
      version: UNVERSIONED,
      entry: { body: new Uint8Array(Buffer.from('abc')), contentType: 'application/octet-stream' },
      info: {
        version: UNVERSIONED,
        writeId: PLAIN_WRITE_ID,
        writer: { service: `uid-${uid}`, host: '', pid: 0 },
        time: Math.round(mtimeMs),
        size: 3,
        updates: [{}],
      },
      ops: [],
    })
  })

  it('replaces a file as a whole, keeps its mode and leaves nothing else behind', async () => {
    await store.put('/a', text('one'), anything)
    await chmod(join(root, 'a'), 0o640)
    await store.put('/a', text('two'), anything)
    expect(await bodyOf('/a')).toBe('two')
    expect((await stat(join(root, 'a'))).mode & 0o777).toBe(0o640)
    expect(await readdir(root)).toEqual(['a'])
  })

  it('accepts a name of the greatest length', async () => {
    const path = `/${'ä'.repeat(120)}`
    await store.put(path, text('long'), anything)
    expect(await bodyOf(path)).toBe('long')
  })

  it('lets exactly one of many creators win, and tells the others what they met', async () => {
    const other = await PlainFilesystem.open({ root })
    const puts = Array.from({ length: 20 }, (_, at) => (at % 2 ? store : other).put('/a', text(`${at}`), absent))
    const settled = await Promise.allSettled(puts)
    const won = settled.flatMap((result, at) => (result.status === 'fulfilled' ? [at] : []))
    expect(won).toHaveLength(1)
    expect(await bodyOf('/a')).toBe(`${won[0]}`)
    const lost = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    for (const error of lost) expect(error).toBeInstanceOf(VersionMismatch)
    expect(lost[0]).toMatchObject({ current: { state: 'live', version: UNVERSIONED } })
    expect(await readdir(root)).toEqual(['a'])
  })

  it('reads a file or a directory that is not there, and a directory, as never written', async () => {
    await store.put('/dir/a', text('a'), anything)
    for (const path of ['/none', '/none/a', '/dir', '/dir/a/b']) {
      expect(await store.get(path)).toEqual({ state: 'unwritten' })
    }
  })

  it('refuses to read a file above the limit of a body', async () => {
    await writeFile(join(root, 'big'), 'x'.repeat(11))
    const small = await PlainFilesystem.open({ root, limits: { bodyBytesMax: 10 } })
    await expect(small.get('/big')).rejects.toMatchObject({ code: 'too-large' })
    await expect(small.put('/b', text('x'.repeat(11)), anything)).rejects.toMatchObject({ code: 'too-large' })
    await small.put('/b', text('x'.repeat(10)), anything)
  })
})

describe('PlainFilesystem refuses', () => {
  it.each([
    ['a kind', { kind: 'note' }],
    ['a schemaVersion', { schemaVersion: 1 }],
    ['tuples', { tuples: { byName: ['a'] } }],
  ])('an entry with %s before anything is touched', async (_, extra) => {
    const error = await failureOf(store.put('/dir/a', { ...text('x'), ...extra }, anything))
    expect(error).toMatchObject({ code: 'unsupported', path: '/dir/a' })
    expect(await readdir(root)).toEqual([])
  })

  it('expectations that need a version before anything is touched', async () => {
    for (const expectation of [unwritten, atVersion(UNVERSIONED)]) {
      await expect(store.put('/dir/a', text('x'), expectation)).rejects.toMatchObject({ code: 'unsupported' })
    }
    await expect(store.delete('/a', atVersion(UNVERSIONED))).rejects.toMatchObject({ code: 'unsupported' })
    await expect(store.delete('/a', absent)).rejects.toMatchObject({ code: 'invalid-argument' })
    expect(await readdir(root)).toEqual([])
  })

  it('casUpdate, before it reads or decodes anything', async () => {
    await store.put('/a', text('1'), anything)
    const untouchable: Codec<string> = {
      decode: () => expect.fail('decoded'),
      encode: () => expect.fail('encoded'),
      isUnchanged: () => expect.fail('compared'),
    }
    const update = casUpdate(store, '/a', untouchable, () => write('2'))
    await expect(update).rejects.toMatchObject({ code: 'cas-unsupported', attempts: 0 })
    expect(await bodyOf('/a')).toBe('1')
  })

  it('every operation that its capabilities deny', async () => {
    expect(store.capabilities('/a')).toMatchObject({
      backend: 'plain',
      cas: 'none',
      history: false,
      query: 'none',
      log: false,
      transact: false,
      watch: false,
      maintain: true,
    })
    const denied = [
      () => store.history('/a'),
      () => store.getVersion('/a'),
      () => store.query('/a'),
      () => store.append('/a'),
      () => store.read('/a'),
      () => store.trim('/a'),
      () => store.transact(),
      async () => store.watch('/'),
    ]
    for (const call of denied) await expect(call()).rejects.toMatchObject({ code: 'unsupported' })
  })

  it('symbolic links, to files and on the way, wherever they lead', async () => {
    await writeFile(join(base, 'secret'), 'secret')
    await mkdir(join(root, 'inside'))
    await symlink(join(base, 'secret'), join(root, 'file'))
    await symlink(base, join(root, 'dir'))
    await symlink(join(root, 'inside'), join(root, 'loop'))
    for (const path of ['/file', '/dir/secret', '/loop/a', '/dir/new/deep']) {
      await expect(store.put(path, text('x'), anything)).rejects.toMatchObject({ code: 'unsupported', path })
    }
    for (const path of ['/file', '/dir/secret']) {
      await expect(store.get(path)).rejects.toMatchObject({ code: 'unsupported' })
      await expect(store.delete(path, anything)).rejects.toMatchObject({ code: 'unsupported' })
    }
    await expect(store.list('/dir')).rejects.toMatchObject({ code: 'unsupported' })
    expect(await pathsOf('/')).toEqual([])
    expect((await readdir(base)).sort((a, b) => (a < b ? -1 : 1))).toEqual(['root', 'secret'])
    expect(await readFile(join(base, 'secret'), 'utf8')).toBe('secret')
  })

  it('a pipe, without waiting for its writer', async () => {
    await run('mkfifo', [join(root, 'pipe')])
    await expect(store.get('/pipe')).rejects.toMatchObject({ code: 'unsupported' })
    await expect(store.put('/pipe', text('x'), anything)).rejects.toMatchObject({ code: 'unsupported' })
    expect(await pathsOf('/')).toEqual([])
  })

  it('names of temporary files in any segment', async () => {
    for (const path of ['/.a.0123456789abcdef.tmp', '/.a.0123456789abcdef.tmp/b']) {
      await expect(store.put(path, text('x'), anything)).rejects.toMatchObject({ code: 'invalid-argument' })
      await expect(store.get(path)).rejects.toMatchObject({ code: 'invalid-argument' })
    }
    await store.put('/.a.0123.tmp', text('not one of ours'), anything)
    expect(await pathsOf('/')).toEqual(['/.a.0123.tmp'])
  })

  it('a file and a directory of the same name, saying which is in the way', async () => {
    await store.put('/a/b', text('x'), anything)
    for (const expectation of [anything, absent]) {
      const error = await failureOf(store.put('/a', text('x'), expectation))
      expect(error.code).toBe('unsupported')
      expect(error.message).toBe(
        'Cannot put "/a": a directory has this name, and a name is either a file or a directory',
      )
    }
    for (const path of ['/a/b/c', '/a/b/c/d']) {
      const error = await failureOf(store.put(path, text('x'), absent))
      expect(error.code).toBe('unsupported')
      expect(error.message).toContain('a file has the name of one of its directories')
    }
    expect(await readdir(join(root, 'a'))).toEqual(['b'])
  })

  it('everything once it is closed', async () => {
    await store.close()
    await store.close()
    for (const call of [() => store.get('/a'), () => store.history('/a'), () => store.put('/a', text('x'), anything)]) {
      await expect(call()).rejects.toMatchObject({ code: 'closed' })
    }
  })

  it('to begin when the signal has fired', async () => {
    const signal = AbortSignal.abort()
    await expect(store.put('/a', text('x'), anything, { signal })).rejects.toMatchObject({ code: 'aborted' })
    expect(await readdir(root)).toEqual([])
  })

  it('to open at a file, without naming it in the message', async () => {
    await writeFile(join(base, 'file'), '')
    const error = await failureOf(PlainFilesystem.open({ root: join(base, 'file') }))
    expect(error.code).toBe('unsupported')
    expect(error.message).not.toContain(base)
    expect(error.cause).toBeInstanceOf(Error)
  })
})

describe('PlainFilesystem.delete()', () => {
  it('removes a file and leaves no tombstone', async () => {
    await store.put('/a', text('x'), anything)
    expect(await store.delete('/a', anything)).toMatchObject({ version: UNVERSIONED, replayed: false })
    expect(await store.get('/a')).toEqual({ state: 'unwritten' })
    expect(await pathsOf('/', { deleted: true })).toEqual([])
  })

  it('writes nothing where no file is', async () => {
    await store.put('/dir/a', text('x'), anything)
    for (const path of ['/none', '/dir', '/dir/a/b']) expect(await store.delete(path, anything)).toBeUndefined()
    expect(await bodyOf('/dir/a')).toBe('x')
  })
})

describe('PlainFilesystem.list()', () => {
  const inOrder = ['/A', '/a/b', '/a/c/d', '/a0', '/b', '/b-c', '/b.d', '/z', '/é', '/\u{ffee}', '/\u{1f600}']

  beforeEach(async () => {
    for (const path of inOrder.toReversed()) await store.put(path, text(path), anything)
    await mkdir(join(root, 'empty/deeper'), { recursive: true })
  })

  it('orders whole paths by their UTF-8 bytes', async () => {
    await store.put('/a-b', text('x'), anything)
    const paths = await pathsOf('/')
    expect(paths.slice(0, 4)).toEqual(['/A', '/a-b', '/a/b', '/a/c/d'])
    expect(paths.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))).toEqual(paths)
    expect(paths).toHaveLength(inOrder.length + 1)
  })

  it.each(['ascending', 'descending'] as const)('pages through everything, %s, one by one', async (order) => {
    const found: string[] = []
    let after: { path: string } | undefined
    do {
      const page = await store.list('/', { order, limit: 1, after })
      found.push(...page.items.map((item) => item.path))
      after = page.next
    } while (after)
    expect(found).toEqual(order === 'ascending' ? inOrder : inOrder.toReversed())
  })

  it('shows children, and directories that hold a file', async () => {
    const { items } = await store.list('/', { depth: 'children', limit: 3 })
    expect(items.map(({ path, directory, head }) => [path, directory, head?.state])).toEqual([
      ['/A', false, 'live'],
      ['/a', true, undefined],
      ['/a0', false, 'live'],
    ])
    expect(await pathsOf('/', { depth: 'children' })).not.toContain('/empty')
    expect(await pathsOf('/a', { depth: 'children' })).toEqual(['/a/b', '/a/c'])
  })

  it('stays within the segment boundary and does not list the prefix itself', async () => {
    expect(await pathsOf('/a')).toEqual(['/a/b', '/a/c/d'])
    expect(await pathsOf('/b')).toEqual([])
    expect(await pathsOf('/none')).toEqual([])
  })

  it('includes bodies when asked for', async () => {
    const [item] = (await store.list('/a', { bodies: true })).items
    expect(Buffer.from(item?.head?.entry?.body ?? []).toString()).toBe('/a/b')
    const [bare] = (await store.list('/a')).items
    expect(bare?.head).toMatchObject({ state: 'live', info: { size: 4, version: UNVERSIONED } })
    expect(bare?.head?.entry).toBeUndefined()
  })

  it('leaves out temporary files and names that no path can spell', async () => {
    await writeFile(join(root, '.a.0123456789abcdef.tmp'), 'half')
    await writeFile(join(root, 'back\\slash'), '')
    await writeFile(join(root, 'e\u0301'), '')
    await writeFile(Buffer.concat([Buffer.from(`${root}/`), Buffer.of(0xff)]), '')
    expect(await pathsOf('/')).toEqual(inOrder)
  })
})

describe('PlainFilesystem after a crash', () => {
  it('removes stale temporary files by its first write in their directory, and no others', async () => {
    await store.put('/dir/a', text('x'), anything)
    const left = ['.a.77.0123456789abcdef.tmp', '.b.77.0123456789abcdef.tmp', '.c.0123456789abcdef.tmp', 'old.tmp']
    for (const name of left) await writeFile(join(root, 'dir', name), 'half')
    const longAgo = new Date('2001-01-01')
    for (const name of left.filter((each) => !each.startsWith('.b'))) {
      await utimes(join(root, 'dir', name), longAgo, longAgo)
    }

    const reopened = await PlainFilesystem.open({ root })
    await reopened.get('/dir/a')
    expect(await readdir(join(root, 'dir'))).toHaveLength(5)
    await reopened.put('/dir/b', text('y'), anything)
    const names = await readdir(join(root, 'dir'))
    expect(new Set(names)).toEqual(new Set(['a', 'b', ...left.slice(1)]))
  })
})

describe('openFilesystem()', () => {
  it('opens a plain store by its URL', async () => {
    const opened = await openFilesystem(`plain:${root}`)
    await opened.put('/a', text('x'), anything)
    await opened.close()
    expect(await bodyOf('/a')).toBe('x')
  })
})
