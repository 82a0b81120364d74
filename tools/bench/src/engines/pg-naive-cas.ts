import type { PgRow } from './pg-counters.ts'
import { nextBody } from './pg-counters.ts'
import { pgEngine } from './pg-engine.ts'
import { retryWithBackoff } from './retry.ts'

const WRITE = 'UPDATE counter SET version = version + 1, body = $3 WHERE path = $1 AND version = $2'

/** Read, then write where the version is still the same; after a lost race wait and start over. */
export const engine = pgEngine('pg/naive-cas', ['apply'], (counters, path, hold) =>
  retryWithBackoff('pg/naive-cas', async (tries) => {
    const { rows } = await counters.pool.query<PgRow>('SELECT version, body FROM counter WHERE path = $1', [path])
    const row = rows[0]
    if (!row) throw new Error('Cannot update the counter: its row is missing')
    if (tries === 0) await hold()
    const written = await counters.pool.query(counters.withHistory(WRITE), [
      path,
      row.version,
      nextBody(row, counters.filler),
    ])
    return written.rows.length === 1
  }),
)
