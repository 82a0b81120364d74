import { anything, openFilesystem } from '@latchless/filesystem'
import { freshDatabase } from '@latchless/postgres-server'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkedRows, runHere } from './fake-io.ts'
import { temporaryDirectory } from './fixture-store.ts'

const READING = [['ls', '--long'], ['stats'], ['cat', '/r'], ['history', '/r'], ['diff', '/r@1', '@2'], ['export']]

const entry = (text: string) => ({ body: Buffer.from(text), contentType: 'text/plain' })

describe('without --write a session cannot write', () => {
  test('sqlite: no command changes a byte of the database, and one that is not there is not made', async () => {
    const directory = await temporaryDirectory()
    const file = join(directory, 'store.db')
    const store = await openFilesystem(`sqlite:${file}`)
    await store.put('/r', entry('one'), anything)
    await store.put('/r', entry('two'), anything)
    await store.close()
    const before = await readFile(file)
    for (const command of READING) {
      expect(await runHere(['--store', `sqlite:${file}`, ...command, '--json'])).toMatchObject({ exitCode: 0 })
    }
    expect(await readFile(file)).toEqual(before)
    expect(await runHere(['--store', `sqlite:${directory}/none.db`, 'ls'])).toMatchObject({ exitCode: 5 })
    const names = await readdir(directory)
    expect(names.filter((name) => !name.startsWith('store.db'))).toEqual([])
  })

  test('sqlite: with --write it can', async () => {
    const directory = await temporaryDirectory()
    const url = `sqlite:${join(directory, 'store.db')}`
    const store = await openFilesystem(url)
    await store.put('/r', entry('one'), anything)
    await store.close()
    expect(await runHere(['--store', url, '--write', 'rm', '/r', '--confirm', '/r'])).toMatchObject({ exitCode: 0 })
    expect((await runHere(['--store', url, 'ls'])).stdout).toBe('')
  })

  test('sqlite: a database of another program is refused and kept as it is', async () => {
    const file = join(await temporaryDirectory(), 'other.db')
    await writeFile(file, 'no database', { mode: 0o600 })
    const { exitCode, stdout } = await runHere(['--store', `sqlite:${file}`, 'ls'])
    expect({ exitCode, stdout }).toEqual({ exitCode: 6, stdout: '' })
    expect(await readFile(file, 'utf8')).toBe('no database')
  })

  test('plain: is read', async () => {
    const root = await temporaryDirectory()
    await writeFile(join(root, 'note'), 'one')
    expect((await runHere(['--store', `plain:${root}`, 'cat', '/note'])).stdout).toBe('one\n')
    expect(await runHere(['--store', `plain:${root}/none`, 'ls'])).toMatchObject({ exitCode: 5 })
    expect(await readdir(root)).toEqual(['note'])
  })

  test('postgres: the server itself refuses, and no tables are made', async () => {
    const url = process.env['LATCHLESS_TEST_DATABASE_URL']
    if (url === undefined) throw new Error('Cannot test postgres: LATCHLESS_TEST_DATABASE_URL is not set')
    const database = await freshDatabase(url)
    try {
      expect(await runHere(['--store', `${database.url}?migrate=true`, 'ls'])).toMatchObject({
        exitCode: 5,
        stdout: '',
      })
      await using store = await openFilesystem(`${database.url}?migrate=true`)
      await store.put('/r', entry('one'), anything)
      await store.put('/r', entry('two'), anything)
      for (const command of READING) {
        const { exitCode, stdout } = await runHere(['--store', database.url, ...command, '--json'])
        expect(exitCode).toBe(0)
        expect(checkedRows(stdout)).not.toEqual([])
      }
      const argv = ['--store', database.url, '--write', 'revert', '/r@1', '--confirm', '/r']
      expect(await runHere(argv)).toMatchObject({ exitCode: 0 })
      expect((await runHere(['--store', database.url, 'cat', '/r'])).stdout).toBe('one\n')
    } finally {
      await database.close()
    }
  })
})
