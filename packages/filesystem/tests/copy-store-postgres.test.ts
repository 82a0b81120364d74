import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  casUpdate,
  copyStore,
  defineRecord,
  type Filesystem,
  MemoryFilesystem,
  openFilesystem,
  write,
} from '@latchless/filesystem'
import { PostgresFilesystem } from '@latchless/filesystem/postgres'
import { freshDatabase } from '@latchless/postgres-server'
import { expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'

const Note = defineRecord({
  kind: 'note',
  schema: z.object({ text: z.string() }),
  indexes: { byText: (n) => [n.text] },
})

async function localStore(): Promise<Filesystem> {
  const directory = await mkdtemp(join(tmpdir(), 'latchless-copy-'))
  const store = await openFilesystem(`file:${directory}/store`)
  onTestFinished(async () => {
    await store.close()
    await rm(directory, { recursive: true, force: true })
  })
  return store
}

async function postgresStore(): Promise<Filesystem> {
  const database = await freshDatabase(process.env['LATCHLESS_TEST_DATABASE_URL'] ?? '')
  const store = await PostgresFilesystem.open({ url: database.url, migrate: true })
  onTestFinished(async () => {
    await store.close()
    await database.close()
  })
  return store
}

test('copyStore() moves a store from local to postgres and on to memory, logs and trimmed beginnings included', async () => {
  const [local, postgres, memory] = [await localStore(), await postgresStore(), await MemoryFilesystem.open()]
  for (let n = 0; n < 30; n++) {
    await casUpdate(local, `/notes/n${n}`, Note, () => write({ text: `text ${n}` }), { opId: `op-${n}` })
  }
  for (let n = 1; n <= 20; n++) await local.append('/log', [Buffer.from(`entry ${n}`)])
  await local.trim('/log', 6)

  const options = { logs: ['/log'] }
  for (const [from, to] of [
    [local, postgres],
    [postgres, memory],
  ] as const) {
    const report = await copyStore(from, to, options)
    expect(report).toMatchObject({ copied: 30, conflicts: 0, verification: { compared: 30, different: 0, missing: 0 } })
    expect(report.logs).toEqual([{ log: '/log', entries: 15, last: 20, conflict: false }])
    expect(await copyStore(from, to, options)).toMatchObject({ copied: 0, unchanged: 30, logs: [{ entries: 0 }] })
  }
  expect((await memory.read('/log')).entries[0]).toMatchObject({
    sequence: 6,
    body: new Uint8Array(Buffer.from('entry 6')),
  })
  const page = await memory.query('/notes', 'byText', { range: { prefix: ['text 7'] } })
  expect(page.items.map(({ path }) => path)).toEqual(['/notes/n7'])
  const again = await casUpdate(memory, '/notes/n3', Note, () => write({ text: 'twice' }), { opId: 'op-3' })
  expect(again).toMatchObject({ replayed: true, changed: false })
})
