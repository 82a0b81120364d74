import { anything, unwritten } from '@latchless/filesystem'
import { afterAll, expect, test } from 'vitest'
import { dropDatabase, openStore, type OpenStore, text } from './store.ts'

afterAll(dropDatabase)

/** Tombstones that have expired, with so many versions each. */
async function bury({ client, options }: OpenStore, records: number, versions: number): Promise<void> {
  const columns = `path, sequence, time, write_id, live, generation, writer`
  const values = `gen_random_uuid(), false, '0123456789abcdef', '{}'`
  await client.query(`INSERT INTO ${options.schema}.records (${columns}, oldest)
    SELECT '/old/' || n, ${versions + 1}, '2020-01-01', ${values}, 1 FROM generate_series(1, ${records}) n`)
  await client.query(`INSERT INTO ${options.schema}.tombstones
    SELECT '/old/' || n, '2020-01-01' FROM generate_series(1, ${records}) n`)
  await client.query(`INSERT INTO ${options.schema}.versions (${columns})
    SELECT '/old/' || n, v, '2020-01-01', ${values} FROM generate_series(1, ${records}) n, generate_series(1, ${versions}) v`)
}

async function countOf({ client, options }: OpenStore, table: string): Promise<number> {
  const { rows } = await client.query(`SELECT count(*)::integer AS n FROM ${options.schema}.${table}`)
  return rows[0]?.n
}

test('maintain() deletes in steps of bounded size, so that no amount of versions outlasts the statement timeout', async () => {
  await using store = await openStore()
  const { filesystem, client, options } = store
  await bury(store, 40, 300)
  // A step that deleted more at once would be cancelled, as one that outlasts the statement timeout is.
  await client.query(`CREATE FUNCTION ${options.schema}.refuse_much() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF (SELECT count(*) FROM gone) > 1000 THEN RAISE 'too much at once' USING ERRCODE = '57014'; END IF;
    PERFORM set_config('test.gone', (coalesce(nullif(current_setting('test.gone', true), ''), '0')::integer
      + (SELECT count(*) FROM gone))::text, true);
    IF current_setting('test.gone')::integer > 1000 THEN RAISE 'too much in all' USING ERRCODE = '57014'; END IF;
    RETURN NULL;
  END $$`)
  await client.query(`CREATE TRIGGER refuse_much AFTER DELETE ON ${options.schema}.versions
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION ${options.schema}.refuse_much()`)
  expect(await filesystem.maintain({ limit: 25 })).toEqual({ removed: 25, more: true })
  expect(await countOf(store, 'records')).toBe(15)
  expect(await filesystem.maintain()).toEqual({ removed: 15, more: false })
  expect(await countOf(store, 'versions')).toBe(0)
})

test('A tombstone that is half purged when its path is written again tells its oldest version truly', async () => {
  await using store = await openStore()
  const { filesystem, client, options } = store
  await bury(store, 1, 10)
  await client.query(`SELECT * FROM ${options.schema}.purge_expired(0, 0, 1, 4)`)
  await filesystem.put('/old/1', text('again'), anything, { keepVersions: 20 })
  await expect(filesystem.getVersion('/old/1', 4)).rejects.toMatchObject({ code: 'compacted', oldest: 5 })
  const { versions } = await filesystem.history('/old/1')
  expect(versions).toHaveLength(8)
  await filesystem.put('/old/2', text('x'), unwritten)
  expect(await filesystem.maintain()).toEqual({ removed: 0, more: false })
})
