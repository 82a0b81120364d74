import type { PgRow } from './pg-counters.ts'
import { nextBody } from './pg-counters.ts'
import { pgEngine } from './pg-engine.ts'
import { retryWithBackoff } from './retry.ts'

const SERIALIZATION_FAILURE = '40001'
const DEADLOCK_DETECTED = '40P01'

/** A serializable transaction that reads and writes, run again when the server aborts it. */
export const engine = pgEngine('pg/serializable', ['apply'], (counters, path, hold) =>
  retryWithBackoff('pg/serializable', async () => {
    try {
      await counters.transaction('BEGIN ISOLATION LEVEL SERIALIZABLE', async (client) => {
        const { rows } = await client.query<PgRow>('SELECT version, body FROM counter WHERE path = $1', [path])
        const row = rows[0]
        if (!row) throw new Error('Cannot update the counter: its row is missing')
        await hold()
        await client.query(counters.writeSql, [path, Number(row.version) + 1, nextBody(row, counters.filler)])
      })
      return true
    } catch (error) {
      const { code } = error as { code?: string }
      if (code === SERIALIZATION_FAILURE || code === DEADLOCK_DETECTED) return false
      throw error
    }
  }),
)
