import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { anything, openFilesystem, SqliteFilesystem } from '@latchless/filesystem'
import { describe, expect, test } from 'vitest'
import { connect, temporaryDirectory, temporaryStore, text } from './fixture.ts'

async function filledStore(): Promise<string> {
  const { path, filesystem } = await temporaryStore()
  await filesystem.put('/c/r', { ...text('one'), tuples: { by_name: ['one'] } }, anything)
  await filesystem.put('/c/r', text('two'), anything)
  await filesystem.append('/l', [Buffer.from('entry')])
  await filesystem.close()
  return path
}

describe('a sqlite store opened for reading only', () => {
  test('is read like any other, and its file keeps every byte', async () => {
    const path = await filledStore()
    const before = await readFile(path)
    const { filesystem } = await temporaryStore({ path, readOnly: true })
    expect(await filesystem.getVersion('/c/r', 2)).toMatchObject({ state: 'live', info: { size: 3 } })
    expect((await filesystem.list('/')).items).toHaveLength(1)
    expect((await filesystem.history('/c/r')).versions).toHaveLength(2)
    expect((await filesystem.read('/l')).entries).toHaveLength(1)
    await filesystem.close()
    expect(await readFile(path)).toEqual(before)
  })

  test('refuses every write as unsupported, and says so in its capabilities', async () => {
    const { filesystem } = await temporaryStore({ path: await filledStore(), readOnly: true })
    expect(filesystem.capabilities('/')).toMatchObject({
      cas: 'none',
      blindWrites: false,
      transact: false,
      maintain: false,
    })
    const writes: readonly (() => Promise<unknown>)[] = [
      async () => await filesystem.put('/c/r', text('x'), anything),
      async () => await filesystem.delete('/c/r', anything),
      async () => await filesystem.append('/l', [Buffer.from('x')]),
      async () => await filesystem.trim('/l', 1),
      async () => await filesystem.transact([{ type: 'put', path: '/x', entry: text('x'), expect: anything }]),
      async () => await filesystem.maintain(),
    ]
    for (const attempt of writes) {
      await expect(attempt()).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringMatching(/: the store was opened for reading only$/) as string,
      })
    }
  })

  test('sees what others write meanwhile, and leaves the log that they need', async () => {
    const path = await filledStore()
    const { filesystem: reader } = await temporaryStore({ path, readOnly: true })
    const { filesystem: writer } = await temporaryStore({ path })
    const changes = reader.watch('/c')[Symbol.asyncIterator]()
    const next = changes.next()
    await reader.get('/c/r')
    const { version } = await writer.put('/c/new', text('x'), anything)
    expect(await next).toMatchObject({ value: { type: 'put', path: '/c/new', version } })
    await changes.return?.()
    await reader.close()
    expect(await writer.get('/c/new')).toMatchObject({ version })
  })

  test('is refused where there is none, and nothing is made there', async () => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'empty.db'), '', { mode: 0o600 })
    const foreign = connect(join(directory, 'foreign.db'))
    foreign.exec('CREATE TABLE t (a)')
    foreign.close()
    await chmod(join(directory, 'foreign.db'), 0o600)
    for (const name of ['missing.db', 'empty.db', 'foreign.db']) {
      const open = SqliteFilesystem.open({ path: join(directory, name), readOnly: true })
      await expect(open, name).rejects.toMatchObject({ code: 'invalid-argument' })
    }
    expect((await readdir(directory)).sort()).toEqual(['empty.db', 'foreign.db'])
    expect(await readFile(join(directory, 'empty.db'))).toHaveLength(0)
  })

  test('is opened by URL', async () => {
    await using filesystem = await openFilesystem(`sqlite:${await filledStore()}`, { readOnly: true })
    expect(await filesystem.get('/c/r')).toMatchObject({ state: 'live' })
    await expect(filesystem.put('/c/r', text('x'), anything)).rejects.toMatchObject({ code: 'unsupported' })
  })
})
