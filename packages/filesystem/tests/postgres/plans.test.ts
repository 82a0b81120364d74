import { anything, unwritten } from '@latchless/filesystem'
import { postgresStatements } from '@latchless/filesystem/testing'
import { afterAll, expect, test } from 'vitest'
import { dropDatabase, openStore, type OpenStore, text, until } from './store.ts'

afterAll(dropDatabase)

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly Plans?: readonly Plan[]
}

async function plan(store: OpenStore, sql: string, values: readonly unknown[]): Promise<readonly Plan[]> {
  const { rows } = await store.client.query(`EXPLAIN (FORMAT JSON) ${sql}`, [...values])
  const flatten = (node: Plan): readonly Plan[] => [node, ...(node.Plans ?? []).flatMap(flatten)]
  return flatten(rows[0]?.['QUERY PLAN'][0].Plan)
}

/** A store with enough in it that a scan of a whole table would be the worse plan. */
async function filledStore(): Promise<OpenStore> {
  const store = await openStore()
  const { schema } = store.options
  const put = (path: string, tuples: string) => `SELECT count((${schema}.put_record(${path}, 'any', NULL, NULL,
    '0123456789abcdef', gen_random_uuid(), 'x', 'text/plain', NULL, NULL, ${tuples}, '{"service":"s","host":"h","pid":1}',
    NULL, NULL, 100)).outcome) FROM generate_series(1, $1::integer) n`
  const indexed = `ARRAY['by_n'], ARRAY[int8send(n)]`
  await store.client.query(put(`'/c/d' || n % 50 || '/' || n`, indexed), [4000])
  await store.client.query(put(`'/c/deep'`, 'NULL, NULL'), [300])
  await store.client.query(`INSERT INTO ${schema}.versions (path, sequence, time, write_id, live, generation, writer)
    SELECT path, 1, time, write_id, live, generation, writer FROM ${schema}.records WHERE path <> '/c/deep'`)
  await store.client.query(`INSERT INTO ${schema}.logs
    SELECT '/log' || coalesce(nullif(n, 1)::text, ''), 5000, 1 FROM generate_series(1, 2000) n`)
  await store.client.query(
    `INSERT INTO ${schema}.log_entries SELECT '/log', n, now(), 'x' FROM generate_series(1, 5000) n`,
  )
  await store.client.query('ANALYZE')
  return store
}

test('Every page and every lookup goes by an index, and none reads a whole table', async () => {
  await using store = await filledStore()
  const statements = postgresStatements(`"${store.options.schema}"`)
  // A transaction of another test on this server that is older than all rows would make them all look new.
  const newest = `SELECT max(xid::text::bigint) FROM ${store.options.schema}.writes`
  await until(store.client, `SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint > (${newest})`)
  const { rows } = await store.client.query('SELECT pg_current_snapshot()::text AS snapshot')
  const snapshot = rows[0]?.snapshot
  const lookups: (readonly [string, string, readonly unknown[], readonly string[]])[] = [
    ['get', statements.get.text, ['/c/deep'], ['records_pkey']],
    ['getVersion', statements.getVersion.text, ['/c/deep', 250], ['records_pkey', 'versions_pkey']],
    ['history', statements.history(false).text, ['/c/deep', 250, 11], ['versions_pkey']],
    ['read', statements.read.text, ['/log', 2500, 11], ['log_entries_pkey']],
    ['changes', statements.changes.text, [snapshot, null, '0', '/', '0', 1000, 10_000], ['writes_by_xid']],
  ]
  for (const descending of [false, true]) {
    for (const bodies of [false, true]) {
      const shape = { descending, bodies }
      const name = `${descending ? 'descending' : 'ascending'}${bodies ? ' with bodies' : ''}`
      const tuple = Buffer.from([0, 0, 0, 0, 0, 0, 1, 0])
      const end = descending ? Buffer.alloc(0) : Buffer.from([255])
      lookups.push(
        [`list ${name}`, statements.list(shape).text, ['/c/d7/', '/c/d70', false, 11], ['records_pkey']],
        [
          `children ${name}`,
          statements.children(shape).text,
          ['/c/', '\u0001c\u0001', '\u0001c\u0002', 11],
          ['records_by_tree'],
        ],
        [
          `children ${name} with tombstones`,
          statements.allChildren(shape).text,
          ['/c/', '\u0001c\u0001', '\u0001c\u0002', 11],
          ['records_by_tree', 'tombstones_by_tree'],
        ],
        [`query ${name}`, statements.query(shape).text, ['/c/d6', 'by_n', tuple, '', end, 11], ['index_rows_in_order']],
      )
    }
  }
  for (const [name, sql, values, indexes] of lookups) {
    const nodes = await plan(store, sql, values)
    const scanned = nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name'])
    // The one row of the store's own table.
    expect(
      scanned.filter((table) => table !== 'store'),
      name,
    ).toEqual([])
    const used = nodes.flatMap((node) => (node['Index Cond'] === undefined ? [] : [node['Index Name']]))
    expect(used, name).toEqual(expect.arrayContaining([...indexes]))
  }
})

test('A page of children steps over any number of tombstones without a look at them', async () => {
  await using store = await filledStore()
  const { client, options } = store
  const statements = postgresStatements(`"${options.schema}"`)
  await client.query(`INSERT INTO ${options.schema}.records (path, sequence, time, write_id, live, generation, writer, oldest)
    SELECT '/gone/' || n, 2, now(), gen_random_uuid(), false, '0123456789abcdef', '{}', 2 FROM generate_series(1, 3000) n`)
  await client.query('ANALYZE')
  const { text: sql } = statements.children({ descending: false, bodies: false })
  const bounds = ['/gone/', '\u0001gone\u0001', '\u0001gone\u0002', 11]
  const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sql}`, bounds)
  const { 'Shared Hit Blocks': hit, 'Shared Read Blocks': read, 'Actual Rows': shown } = rows[0]['QUERY PLAN'][0].Plan
  expect(shown).toBe(0)
  expect(hit + read).toBeLessThan(50)
})

test('Updates of a head are heap-only', async () => {
  await using store = await openStore()
  const { filesystem, client, options } = store
  await filesystem.put('/hot', { ...text('0'), tuples: { by_n: [0] } }, unwritten)
  for (let n = 1; n <= 200; n++) {
    await filesystem.put('/hot', { body: Buffer.alloc(600, n), contentType: 'a/b', tuples: { by_n: [n] } }, anything)
  }
  const counts = `FROM pg_stat_user_tables WHERE schemaname = '${options.schema}' AND relname = 'records'`
  // The connections of the store report what they did when they end.
  await filesystem.close()
  await until(client, `SELECT n_tup_upd = 200 ${counts}`)
  const { rows } = await client.query(`SELECT n_tup_hot_upd::integer AS hot ${counts}`)
  // One that is not leaves its page because a snapshot of somebody else, such as autovacuum, keeps the page full.
  expect(rows[0]?.hot).toBeGreaterThanOrEqual(150)
})

test('Every statement that changes a head carries its precondition', async () => {
  await using store = await openStore()
  const { schema } = store.options
  const { rows } = await store.client.query<{ name: string; source: string }>(
    `SELECT p.proname AS name, p.prosrc AS source FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = $1`,
    [schema],
  )
  const changing = rows.flatMap(({ name, source }) =>
    source
      .split(';')
      .map((statement) => statement.replaceAll(/\s+/g, ' ').trim())
      .filter((statement) => /\b(?:UPDATE|INTO|DELETE FROM) "\w+"\.records\b/.test(statement))
      .map((statement) => [name, statement] as const),
  )
  const preconditions: Readonly<Record<string, string>> = {
    UPDATE: 'WHERE r.path = w_path AND r.sequence = w_head.sequence AND r.generation = w_head.generation',
    'UPDATE of purge_expired': 'WHERE r.path = v_path AND NOT r.live AND r.time <= v_cutoff',
    INSERT: 'ON CONFLICT (path) DO NOTHING',
    purge_expired: 'WHERE r.path = v_path AND NOT r.live AND r.time <= v_cutoff',
    // Only placeholders, which nobody else ever saw, are at sequence 0.
    transact_records: `AND r.sequence = 0`,
  }
  for (const [name, statement] of changing) {
    const verb = /\b(UPDATE|INSERT INTO|DELETE FROM) "\w+"\.records\b/.exec(statement)?.[1]?.split(' ')[0] ?? ''
    expect(statement, name).toContain(
      preconditions[`${verb} of ${name}`] ?? preconditions[verb === 'DELETE' ? name : verb],
    )
  }
  expect(changing.map(([name]) => name).toSorted()).toEqual([
    'purge_expired',
    'purge_expired',
    'put_record',
    'put_record',
    ...Array.from({ length: 5 }, () => 'transact_records'),
  ])
})

test('No statement holds a value: all are parameters', () => {
  const statements = postgresStatements('"s"')
  const shape = { descending: false, bodies: false }
  const { puts, ...others } = statements
  const texts = Object.values(others).map((each) => (typeof each === 'function' ? each(shape as never) : each).text)
  for (const sql of [...texts, puts(3).text]) {
    // What is quoted is part of the statement's own working: a setting, a slash, a separator of tree keys.
    const literals = [...sql.matchAll(/'([^']*)'/g)].map(([, literal]) => literal)
    for (const literal of literals) expect(literal).toMatch(/^(?:\/|0|\\x0[12]|lock_timeout|50)$/)
  }
})
