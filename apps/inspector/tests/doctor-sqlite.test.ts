import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { anything, openFilesystem } from '@latchless/filesystem'
import { expect, onTestFinished, test } from 'vitest'
import { diagnose, type Diagnosis, fillStore, findings, textsOf } from './doctor-subject.ts'
import { temporaryDirectory } from './fixture-store.ts'

interface SqliteStore {
  readonly path: string
  /** Changes the tables past the store. */
  readonly plant: (...statements: readonly string[]) => void
  readonly examine: (only?: string) => Promise<Diagnosis>
}

async function sqliteStore(): Promise<SqliteStore> {
  const directory = join(await temporaryDirectory(), 'own')
  await mkdir(directory, { mode: 0o700 })
  const path = join(directory, 'store')
  const url = `sqlite:${path}`
  const store = await openFilesystem(url)
  await fillStore(store)
  for (let n = 1; n <= 4; n++) {
    await store.put('/orders/o1', { body: Buffer.from(`{"n":${n}}`), contentType: 'application/json' }, anything)
  }
  await store.close()
  return {
    path,
    plant(...statements) {
      const database = new DatabaseSync(path)
      for (const statement of statements) database.exec(statement)
      database.close()
    },
    async examine(only) {
      const opened = await openFilesystem(url)
      onTestFinished(() => opened.close())
      return await diagnose(opened, { url, ...(only === undefined ? {} : { only }) })
    },
  }
}

test('index.rows: an index row that somebody deleted', async () => {
  const { plant, examine } = await sqliteStore()
  plant(`DELETE FROM index_row WHERE name = 'overdue'`)
  const diagnosis = await examine()
  expect(findings(diagnosis)).toEqual(['index.rows: fail'])
  expect(textsOf(diagnosis, 'index.rows')).toEqual([expect.stringMatching(/a1: index overdue has no row of it$/)])
})

test('sqlite.orphans: rows that belong to nothing, and a version from beyond the head', async () => {
  const { plant, examine } = await sqliteStore()
  plant(
    `INSERT INTO index_row (collection, name, tuple, path) VALUES ('/orders', 'byDay', x'00', '/orders/o9')`,
    `INSERT INTO version SELECT 999, sequence, state, write_id, time, size, meta, digest, body FROM version LIMIT 1`,
    `INSERT INTO version SELECT r.id, 9, v.state, v.write_id, v.time, v.size, v.meta, v.digest, v.body
     FROM record r JOIN version v ON v.record = r.id WHERE r.path = '/orders/o1' LIMIT 1`,
    `INSERT INTO log_entry (log, sequence, time, digest, body) VALUES (999, 1, 0, 0, x'00')`,
  )
  const diagnosis = await examine('sqlite.*')
  expect(findings(diagnosis)).toEqual(['sqlite.orphans: fail'])
  expect(textsOf(diagnosis, 'sqlite.orphans')).toEqual([
    expect.stringMatching(/^version \d+ of a record that is not there$/),
    '/orders/o1: v9 is stored as superseded, the head is v4',
    '/orders/o9: a row of index byDay for a record that is not live',
    'entry 1 of a log that is not there',
  ])
})

test('versions.contiguous and versions.head: superseded rows that are gone or too new', async () => {
  const { plant, examine } = await sqliteStore()
  const ofOrder = `record = (SELECT id FROM record WHERE path = '/orders/o1')`
  plant(
    `DELETE FROM version WHERE ${ofOrder} AND sequence = 2`,
    `UPDATE version SET sequence = 7 WHERE ${ofOrder} AND sequence = 3`,
  )
  const diagnosis = await examine('versions.*')
  expect(diagnosis['versions.head']?.details).toEqual([{ text: 'v7 behind v4', path: '/orders/o1', version: 4 }])
  expect(diagnosis['versions.contiguous']?.details).toEqual([
    { text: 'v2 to v6 are missing', path: '/orders/o1', version: 7 },
  ])
})

test('versions.intact: a body that was changed in its row', async () => {
  const { plant, examine } = await sqliteStore()
  plant(`DROP TRIGGER record_grows_by_one`, `UPDATE record SET body = x'7b7d' WHERE path = '/orders/o1'`)
  const diagnosis = await examine('versions.intact')
  expect(textsOf(diagnosis, 'versions.intact')).toEqual([expect.stringMatching(/^\/orders\/o1: .*damaged/)])
})

test('sqlite.wal: a database that another program took out of write-ahead mode', async () => {
  const { path, plant } = await sqliteStore()
  plant('PRAGMA journal_mode = DELETE')
  const store = await openFilesystem('memory:')
  onTestFinished(() => store.close())
  const diagnosis = await diagnose(store, { url: `sqlite:${path}`, only: 'sqlite.wal' })
  expect(textsOf(diagnosis, 'sqlite.wal')).toEqual(['its mode is delete'])
})

test('sqlite.integrity: a page that was overwritten', async () => {
  const { path, plant, examine } = await sqliteStore()
  plant('PRAGMA wal_checkpoint(TRUNCATE)')
  const database = new DatabaseSync(path)
  const row = database.prepare(`SELECT rootpage FROM sqlite_schema WHERE name = 'record_tombstone'`).get()
  database.close()
  await using file = await open(path, 'r+')
  await file.write(Buffer.alloc(4096, 0xff), 0, 4096, (Number(row?.['rootpage']) - 1) * 4096)
  const diagnosis = await examine('sqlite.*')
  expect(diagnosis['sqlite.integrity']?.status).toBe('fail')
})

test('files.foreign: a rollback journal beside the database', async () => {
  const { path, examine } = await sqliteStore()
  await (await open(`${path}-journal`, 'w')).close()
  expect(textsOf(await examine('files.foreign'), 'files.foreign')).toEqual([
    'store-journal: the file was written in rollback mode',
  ])
})
