import type { PgRow } from './pg-counters.ts'
import { nextBody } from './pg-counters.ts'
import { pgEngine } from './pg-engine.ts'

/** The row is held from its reading to its writing; others queue in the server. */
export const engine = pgEngine('pg/for-update', ['apply'], (counters, path, hold) =>
  counters.transaction('BEGIN', async (client) => {
    const { rows } = await client.query<PgRow>('SELECT version, body FROM counter WHERE path = $1 FOR UPDATE', [path])
    const row = rows[0]
    if (!row) throw new Error('Cannot update the counter: its row is missing')
    await hold()
    await client.query(counters.writeSql, [path, Number(row.version) + 1, nextBody(row, counters.filler)])
  }),
)
