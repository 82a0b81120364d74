import { pgModes, preparedModes } from './pg-counters.ts'
import { pgEngine } from './pg-engine.ts'

const ADD_ONE = `UPDATE counter SET version = version + 1,
  body = jsonb_set(body, '{count}', to_jsonb((body ->> 'count')::bigint + 1)) WHERE path = $1`

/** The server computes the next body: one round trip, for updates that SQL can express. */
export const engine = pgEngine(
  'pg/statement',
  [],
  async (counters, path) => {
    const query = { text: counters.withHistory(ADD_ONE), values: [path] }
    const { rows } = await counters.pool.query(counters.prepared ? { ...query, name: 'add_one' } : query)
    if (rows.length !== 1) throw new Error('Cannot update the counter: its row is missing')
  },
  [...pgModes([]), ...preparedModes()],
)
