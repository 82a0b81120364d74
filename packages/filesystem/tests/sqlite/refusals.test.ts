import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openFilesystem, SqliteFilesystem, unwritten } from '@latchless/filesystem'
import { describe, expect, test } from 'vitest'
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
    await expectFailure(open(path), 'unsupported', 'never', /schema version is 99, this program knows \d+; upgrade/)
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
