import type { PgRow } from './pg-counters.ts'
import { nextBody } from './pg-counters.ts'
import { pgEngine } from './pg-engine.ts'

/** An advisory lock named after the path, to the end of the transaction. */
export const engine = pgEngine('pg/advisory', ['apply'], (counters, path, hold) =>
  counters.transaction('BEGIN', async (client) => {
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [path])
    const { rows } = await client.query<PgRow>('SELECT version, body FROM counter WHERE path = $1', [path])
    const row = rows[0]
    if (!row) throw new Error('Cannot update the counter: its row is missing')
    await hold()
    await client.query(counters.writeSql, [path, Number(row.version) + 1, nextBody(row, counters.filler)])
  }),
)
