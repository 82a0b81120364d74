import { anything, openFilesystem } from '@latchless/filesystem'
import { PostgresFilesystem } from '@latchless/filesystem/postgres'
import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { dropDatabase, freshOptions, openStore, text } from './store.ts'

afterAll(dropDatabase)

describe('a postgres store opened for reading only', () => {
  test('is read like any other, and refuses every write as unsupported', async () => {
    await using store = await openStore()
    await store.filesystem.put('/c/r', text('one'), anything)
    const reader = await store.reopen({ readOnly: true })
    expect(await reader.get('/c/r')).toMatchObject({ state: 'live' })
    expect((await reader.list('/')).items).toHaveLength(1)
    expect(reader.capabilities('/')).toMatchObject({
      cas: 'none',
      blindWrites: false,
      transact: false,
      maintain: false,
    })
    for (const attempt of [reader.put('/c/r', text('x'), anything), reader.append('/l', []), reader.maintain()]) {
      await expect(attempt).rejects.toMatchObject({ code: 'unsupported' })
    }
  })

  test('tells the server, whatever startup options its URL has', async () => {
    await using store = await openStore()
    await store.filesystem.put('/c/r', text('one'), anything)
    const url = new URL(store.options.url)
    url.searchParams.set('options', '-c default_transaction_read_only=off -c search_path=pg_catalog')
    // From here on heads are seen only by sessions that are set up like this.
    const { schema } = store.options
    await store.client.query(`ALTER TABLE "${schema}".records RENAME TO all_records`)
    await store.client.query(`CREATE VIEW "${schema}".records AS SELECT * FROM "${schema}".all_records
      WHERE current_setting('transaction_read_only') = 'on' AND current_setting('search_path') = 'pg_catalog'`)
    const reader = await store.reopen({ url: url.href, readOnly: true })
    expect(await reader.get('/c/r')).toMatchObject({ state: 'live' })
    const writer = await store.reopen({ url: url.href })
    expect(await writer.get('/c/r')).toMatchObject({ state: 'unwritten' })
  })

  test('makes and migrates no tables', async () => {
    const options = await freshOptions()
    await expect(PostgresFilesystem.open({ ...options, readOnly: true })).rejects.toMatchObject({ code: 'unavailable' })
    const client = new pg.Client({ connectionString: options.url })
    await client.connect()
    const { rows } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [options.schema])
    await client.end()
    expect(rows).toEqual([])
  })

  test('sees what others write meanwhile', async () => {
    await using store = await openStore()
    const reader = await store.reopen({ readOnly: true, watchPollMs: 20 })
    await store.filesystem.put('/c/first', text('x'), anything)
    const seen: string[] = []
    // A gap and what is there come first, so that the watch has surely begun.
    for await (const change of reader.watch('/c', { after: 'beginning' })) {
      if (change.type !== 'put') continue
      seen.push(change.path)
      if (seen.length === 2) break
      await store.filesystem.put('/c/second', text('x'), anything)
    }
    expect(seen).toEqual(['/c/first', '/c/second'])
  })

  test('is opened by URL', async () => {
    await using store = await openStore()
    await store.filesystem.put('/c/r', text('one'), anything)
    const url = new URL(store.options.url)
    url.searchParams.set('schema', store.options.schema)
    await using reader = await openFilesystem(url.href, { readOnly: true })
    expect(await reader.get('/c/r')).toMatchObject({ state: 'live' })
  })
})
