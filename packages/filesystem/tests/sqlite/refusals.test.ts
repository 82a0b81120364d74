import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { anything, openFilesystem, SqliteFilesystem, unwritten } from '@latchless/filesystem'
import { describe, expect, test } from 'vitest'
import { mount } from '../local/fixture.ts'
import { connect, expectFailure, temporaryDirectory, temporaryStore, text } from './fixture.ts'

const open = (path: string) => SqliteFilesystem.open({ path })

describe('SqliteFilesystem.open() refuses', () => {
  test('a directory that is not there', async () => {
    const path = join(await temporaryDirectory(), 'missing', 'store.db')
    await expectFailure(open(path), 'invalid-argument', 'never', /its directory does not exist/)
  })

  test.each([0o770, 0o707])('E11: a directory of mode %o, in which others could plant files', async (mode) => {
    const directory = await temporaryDirectory()
    await chmod(directory, mode)
    await expectFailure(open(join(directory, 'store.db')), 'unsupported', 'never', /can be written by others/)
  })

  test('E11: a database that others can read', async () => {
    const { path, filesystem } = await temporaryStore()
    await filesystem.close()
    await chmod(path, 0o640)
    await expectFailure(open(path), 'unsupported', 'never', /give it mode 0600/)
  })

  test.each(['', '-wal', '-shm'])('E11: a symbolic link at the database file%s', async (suffix) => {
    const directory = await temporaryDirectory()
    const path = join(directory, 'store.db')
    if (suffix !== '') await (await SqliteFilesystem.open({ path })).close()
    await writeFile(join(directory, 'elsewhere'), '')
    await symlink(join(directory, 'elsewhere'), `${path}${suffix}`)
    await expectFailure(open(path), 'invalid-argument', 'never', /is a symbolic link/)
  })

  test('a directory in place of the file', async () => {
    const path = join(await temporaryDirectory(), 'store.db')
    await mkdir(path)
    await expectFailure(open(path), 'invalid-argument', 'never', /not a regular file/)
  })

  test('a file system that is not known to be safe', async () => {
    await expectFailure(open('/proc/self/store.db'), 'unsupported', 'never', /type 0x9fa0\) is not known to be safe/)
  })

  test('a file that is no database, and leaves it as it was', async () => {
    const path = join(await temporaryDirectory(), 'notes.txt')
    await writeFile(path, 'dear diary '.repeat(100), { mode: 0o600 })
    await expectFailure(open(path), 'corrupt', 'never', /not a SQLite database/)
    expect(await readFile(path, 'utf8')).toBe('dear diary '.repeat(100))
  })

  test('the database of another program, and leaves it as it was', async () => {
    const path = join(await temporaryDirectory(), 'other.db')
    const other = new DatabaseSync(path)
    other.exec('CREATE TABLE mine (a)')
    other.close()
    await chmod(path, 0o600)
    const before = await readFile(path)
    await expectFailure(open(path), 'invalid-argument', 'never', /of another program/)
    expect(await readFile(path)).toEqual(before)
  })

  test('a schema that a newer program wrote, and leaves it as it was', async () => {
    const { path, filesystem } = await temporaryStore()
    await filesystem.close()
    const newer = connect(path)
    newer.exec('PRAGMA user_version = 99')
    newer.close()
    await expectFailure(open(path), 'schema-too-new', 'never', /schema version is 99, this program knows \d+; upgrade/)
  })

  test.each([
    ['a name', 'n'.repeat(248), /its file name takes 248 bytes; at most 247/],
    ['a name of many bytes', 'é'.repeat(150), /its file name takes 300 bytes; at most 247/],
    ['a path', `${'d'.repeat(250)}/${'d'.repeat(250)}/store.db`, /its whole path takes \d+ bytes; at most 504/],
  ])('%s that leaves SQLite no room for the names of its own files', async (_, name, message) => {
    const path = join(await temporaryDirectory(), name)
    await expectFailure(open(path), 'invalid-argument', 'never', message)
  })

  test('a directory on a file system that is mounted read-only', async (context) => {
    const directory = await temporaryDirectory()
    const problem = mount(directory, '-t', 'tmpfs', '-o', 'ro,mode=0700', 'tmpfs')
    if (problem !== undefined) return context.skip(`a file system cannot be mounted: ${problem}`)
    await expectFailure(
      open(join(directory, 'store.db')),
      'unavailable',
      'never',
      /mounted read-only; mount it writable/,
    )
  })

  test.each([
    { busyTimeoutMs: Number.NaN },
    { busyTimeoutMs: Number.POSITIVE_INFINITY },
    { busyTimeoutMs: -1 },
    { tombstoneMs: Number.NaN },
  ])('%o, which is no number of milliseconds', async (options) => {
    const path = join(await temporaryDirectory(), 'store.db')
    const opening = SqliteFilesystem.open({ path, ...options })
    await expectFailure(opening, 'invalid-argument', 'never', /Ms must be a number of milliseconds from 0/)
  })

  test('a SQLite that can lose commits, and names a Node that has a better one', async () => {
    const path = join(await temporaryDirectory(), 'store.db')
    const opening = SqliteFilesystem.open({ path }, { sqliteVersionMin: '99.0.0' })
    await expectFailure(opening, 'unsupported', 'never', /SQLite \d+\.\d+\.\d+ in Node v\d+.*use a Node with SQLite 99/)
  })
})

test('SqliteFilesystem.open() makes files that only their owner can open', async () => {
  const { path, filesystem } = await temporaryStore()
  await filesystem.put('/a', text('a'), unwritten)
  for (const suffix of ['', '-wal', '-shm']) expect((await stat(`${path}${suffix}`)).mode & 0o777).toBe(0o600)
})

test('SqliteFilesystem.open() takes the longest name that SQLite takes', async () => {
  const { filesystem } = await temporaryStore({ path: join(await temporaryDirectory(), 'n'.repeat(247)) })
  await filesystem.put('/a', text('a'), unwritten)
})

test('An open store that a newer program migrates is neither written nor read any more, and closes', async () => {
  const { path, filesystem } = await temporaryStore()
  await filesystem.put('/a', text('a'), unwritten)
  const newer = connect(path)
  newer.exec('PRAGMA user_version = 99')
  const message = /^Cannot \w+ "\/a": its schema version is 99, this program knows \d+; upgrade it$/
  await expectFailure(filesystem.put('/a', text('b'), anything), 'schema-too-new', 'never', message)
  await expectFailure(filesystem.get('/a'), 'schema-too-new', 'never', message)
  expect(newer.prepare('SELECT max(sequence) AS newest FROM record').get()).toEqual({ newest: 1 })
})

test('SqliteFilesystem.open() of one path at the same time makes one store', async () => {
  const path = join(await temporaryDirectory(), 'store.db')
  const stores = await Promise.all(Array.from({ length: 4 }, () => temporaryStore({ path })))
  await stores[0]?.filesystem.put('/a', text('a'), unwritten)
  for (const { filesystem } of stores) expect((await filesystem.get('/a')).state).toBe('live')
})

test('openFilesystem() opens sqlite:PATH', async () => {
  const filesystem = await openFilesystem(`sqlite:${join(await temporaryDirectory(), 'store.db')}`)
  expect(filesystem.capabilities('/')).toMatchObject({ backend: 'sqlite', cas: 'records', durability: 'disk' })
  await filesystem.close()
})
