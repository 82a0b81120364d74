import type { Scenario } from './scenario.ts'
import { isOurs, modesAt, planOf, RECORDS_DEFAULT } from './scenario.ts'

/** Peers with ordered pages and an index; the others would answer with the same B-tree or not at all. */
const PEERS = new Set(['pg/statement', 'better-sqlite3'])
export const PAGE_RECORDS = 100

/** Reads page after page with bodies. How long an update survives changes no read, so the stores are filled at the faster level. */
export const list: Scenario = {
  id: 'list',
  title: `Pages of ${PAGE_RECORDS} records with bodies, by path and by an index`,
  plans: (engines, settings, leaveOut) => {
    const records = settings.records ?? RECORDS_DEFAULT
    return engines.flatMap((engine) => {
      if (!isOurs(engine) && !PEERS.has(engine.id)) {
        leaveOut(engine.id, 'pg/statement and better-sqlite3 stand for peers with ordered pages')
        return []
      }
      const mode = modesAt(engine, 'process')[0]
      if (!mode) return []
      return (['list', 'query'] as const).map((work) =>
        planOf('list', engine, mode, settings, {
          processes: 1,
          writers: 1,
          paths: 'own',
          work,
          variant: `${work}, records=${records}`,
          filled: records,
          shared: engine.id,
        }),
      )
    })
  },
}
