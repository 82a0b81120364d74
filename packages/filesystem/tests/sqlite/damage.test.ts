import { execFile, execFileSync } from 'node:child_process'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { anything, SqliteFilesystem, unwritten } from '@latchless/filesystem'
import { describe, expect, test } from 'vitest'
import { mount } from '../local/fixture.ts'
import { connect, expectFailure, temporaryDirectory, temporaryStore, text } from './fixture.ts'

describe('Stored bytes that are not what was written', () => {
  test.each([
    ['a changed body', `body = CAST('b' AS BLOB)`],
    ['metadata that does not parse', `meta = '{'`],
    ['metadata of another shape', `meta = '{}'`],
    ['another writer', `meta = replace(meta, 'service', 'Service')`],
    ['another time', `time = 1`],
  ])('are corrupt: %s', async (_, change) => {
    const { path, filesystem } = await temporaryStore()
    await filesystem.put('/a', text('a'), unwritten)
    connect(path).exec(`DROP TRIGGER record_grows_by_one; UPDATE record SET ${change}`)
    await expectFailure(filesystem.get('/a'), 'corrupt', 'never', /what is stored of it is damaged/)
    expect((await filesystem.get('/b')).state).toBe('unwritten')
  })

  test('are never overwritten when their metadata does not parse', async () => {
    const { path, filesystem } = await temporaryStore()
    await filesystem.put('/a', text('a'), unwritten)
    const other = connect(path)
    other.exec(`DROP TRIGGER record_grows_by_one; UPDATE record SET meta = '{'`)
    const good = filesystem.put('/b', text('b'), unwritten)
    await expectFailure(filesystem.put('/a', text('b'), anything), 'corrupt', 'never', /is damaged/)
    await good
    expect(other.prepare(`SELECT sequence FROM record WHERE path = '/a'`).get()).toEqual({ sequence: 1 })
  })

  test('are corrupt in the history and in a log', async () => {
    const { path, filesystem } = await temporaryStore()
    await filesystem.put('/a', text('a'), unwritten)
    await filesystem.put('/a', text('b'), anything)
    await filesystem.append('/log', [Buffer.from('a')])
    connect(path).exec(`UPDATE version SET body = CAST('x' AS BLOB); UPDATE log_entry SET body = CAST('x' AS BLOB)`)
    await expectFailure(filesystem.getVersion('/a', 1), 'corrupt', 'never', /is damaged/)
    await expectFailure(filesystem.read('/log'), 'corrupt', 'never', /entry 1 differs from its digest/)
    expect((await filesystem.getVersion('/a', 2))?.state).toBe('live')
  })
})

test('A page that was overwritten is corrupt, and check finds it when the store is opened', async () => {
  const { path, filesystem } = await temporaryStore()
  for (let n = 0; n < 200; n++) await filesystem.put(`/records/${n}`, text('a'.repeat(500)), unwritten)
  await filesystem.close()
  const file = await open(path, 'r+')
  const { size } = await file.stat()
  for (let page = 30; page < size / 4096; page++) await file.write(Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096)
  await file.close()
  await expectFailure(SqliteFilesystem.open({ path, check: true }), 'corrupt', 'never', /restore it from a backup/)
  const again = await temporaryStore({ path })
  await expectFailure(again.filesystem.list('/', { bodies: true, limit: 1000 }), 'corrupt', 'never', /damaged/)
})

test('F8: a full disk refuses writes with nothing half-written, and they work again once there is space', async (context) => {
  const directory = await temporaryDirectory()
  const problem = mount(directory, '-t', 'tmpfs', '-o', 'size=1m,mode=0700', 'tmpfs')
  if (problem !== undefined) return context.skip(`a small file system cannot be mounted: ${problem}`)
  const filesystem = await SqliteFilesystem.open({ path: join(directory, 'store.db') })
  let landed = 0
  const fill = async () => {
    for (; ; landed++) await filesystem.put(`/records/${landed}`, text('x'.repeat(50_000)), unwritten)
  }
  await expectFailure(fill(), 'unavailable', 'safe', /the disk is full/)
  expect(landed).toBeGreaterThan(3)
  expect((await filesystem.list('/records')).items).toHaveLength(landed)
  execFileSync('mount', ['-o', 'remount,size=8m', directory])
  await filesystem.put('/after', text('a'), unwritten)
  expect((await filesystem.get('/after')).state).toBe('live')
  await filesystem.close()
})

test('After the disk has failed the store can only be read, and opened again it has what was acknowledged', async () => {
  const path = join(await temporaryDirectory(), 'store.db')
  const program = fileURLToPath(new URL('disk-error-process.ts', import.meta.url))
  // With the signal ignored, a write beyond the limit fails with an error that is not the one of a full disk.
  const script = 'trap "" XFSZ; ulimit -f 600; exec "$0" "$@"'
  const command = ['-c', script, process.execPath, ...process.execArgv, program, path]
  const { stdout } = await promisify(execFile)('bash', command)
  const told = JSON.parse(stdout) as { landed: number; failure: string; later: string; read: string }
  expect(told).toMatchObject({ failure: 'unavailable unknown', later: 'unavailable never', read: 'resolved' })
  const { filesystem } = await temporaryStore({ path })
  const { items } = await filesystem.list('/records')
  expect(items.length).toBeGreaterThanOrEqual(told.landed)
  expect(items.length).toBeLessThanOrEqual(told.landed + 1)
  await filesystem.put('/after', text('a'), unwritten)
})
