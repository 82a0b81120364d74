import { counted } from '../../model/measures.ts'
import { type CheckResult, skip, type StoreCheck } from '../check.ts'
import { Findings, type Verdict } from '../findings.ts'
import { openPostgresSession, type PostgresSession } from '../postgres-session.ts'
import { storePlace } from '../store-place.ts'
import type { Subject } from '../subject.ts'

const ROWS_PER_RECORD = 20

type Look = (session: PostgresSession, found: Findings, subject: Subject) => Promise<string>

/** A check of a server. `look` says in words what there is when nothing is found. */
function serverCheck(id: string, expects: string, verdict: Omit<Verdict, 'none' | 'next'>, look: Look): StoreCheck {
  return {
    id,
    expects,
    over: 'store',
    async run(subject): Promise<CheckResult> {
      const place = storePlace(subject.url)
      if (place?.type !== 'postgres') return skip('not a PostgreSQL store')
      await using session = await openPostgresSession(place.url)
      const found = new Findings()
      const none = await look(session, found, subject)
      return found.result({ ...verdict, none, next: [] })
    },
  }
}

const server = serverCheck(
  'postgres.server',
  'The server keeps what it has acknowledged, and has connections to spare',
  {
    severity: 'warn',
    some: () => 'the server may lose writes, or refuse connections',
    likelyCause: 'it is set up for speed, or pools of many processes add up',
  },
  async ({ rows }, found) => {
    const [row = {}] = await rows(
      `SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync,
         current_setting('full_page_writes') AS full_page_writes, current_setting('synchronous_commit') AS synchronous_commit,
         current_setting('max_connections')::integer AS connections_max,
         (SELECT count(*)::integer FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections`,
    )
    for (const setting of ['fsync', 'full_page_writes', 'synchronous_commit']) {
      if (row[setting] === 'off') found.add(`${setting} is off`)
    }
    const connections = `${String(row['connections'])} of ${String(row['connections_max'])} connections`
    if (Number(row['connections']) > 0.9 * Number(row['connections_max'])) found.add(`${connections} are taken`)
    return `PostgreSQL ${String(row['version'])}, ${connections}`
  },
)

const prepared = serverCheck(
  'postgres.prepared',
  'No prepared transaction waits to be committed',
  {
    severity: 'warn',
    some: (count) => counted(count, 'prepared transaction'),
    likelyCause: 'a transaction manager is gone; what it holds is locked and nothing behind it is cleaned up',
  },
  async ({ rows }, found) => {
    const open = await rows(
      `SELECT gid, owner, extract(epoch FROM now() - prepared)::integer AS seconds
       FROM pg_prepared_xacts WHERE database = current_database() ORDER BY prepared LIMIT 100`,
    )
    for (const row of open)
      found.add(`${String(row['gid'])} of ${String(row['owner'])} since ${String(row['seconds'])} s`)
    return 'none'
  },
)

const snapshots = serverCheck(
  'postgres.snapshots',
  'No transaction is open for more than five minutes',
  {
    severity: 'warn',
    some: (count) => counted(count, 'old transaction'),
    likelyCause: 'a client was stopped in the middle of a transaction; nothing that it might see is cleaned up',
  },
  async ({ rows }, found) => {
    const old = await rows(
      `SELECT pid, coalesce(application_name, '') AS name, state, extract(epoch FROM now() - xact_start)::integer AS seconds
       FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
         AND xact_start < now() - interval '5 minutes' ORDER BY xact_start LIMIT 100`,
    )
    for (const row of old) {
      const { pid, name, state, seconds } = row
      found.add(`process ${String(pid)} (${String(name)}), ${String(state)}, since ${String(seconds)} s`)
    }
    return 'none is old'
  },
)

const vacuum = serverCheck(
  'postgres.vacuum',
  'Rows that nobody can see any more are cleaned up',
  {
    severity: 'warn',
    some: (count) => counted(count, 'table that is mostly dead rows', 'tables that are mostly dead rows'),
    likelyCause: 'autovacuum is off or too slow, or an old transaction holds it back',
  },
  async ({ rows, schema }, found) => {
    const tables = await rows(
      `SELECT relname, n_live_tup::float8 AS live, n_dead_tup::float8 AS dead FROM pg_stat_user_tables
       WHERE quote_ident(schemaname) = $1 OR '"' || schemaname || '"' = $1`,
      [schema],
    )
    for (const { relname, live, dead } of tables) {
      if (Number(dead) > DEAD_ROWS_MIN + Number(live))
        found.add(`${String(relname)}: ${Number(dead)} dead, ${Number(live)} live`)
    }
    return counted(tables.length, 'table')
  },
)

/** Fewer are no matter, and a table that was just filled has them. */
const DEAD_ROWS_MIN = 50_000

const orphans = serverCheck(
  'postgres.orphans',
  'Versions, index rows and log entries belong to something that is there',
  {
    severity: 'fail',
    some: (count) => `${counted(count, 'row')} without what they belong to`,
    likelyCause: 'somebody changed the tables past the store, or restored a part of them',
  },
  async ({ rows, schema }, found, { recordsMax }) => {
    const limit = Number.isFinite(recordsMax) ? recordsMax * ROWS_PER_RECORD : null
    const some = (table: string) => `(SELECT * FROM ${schema}.${table} LIMIT $1::bigint)`
    const questions = [
      `SELECT 'v' || v.sequence || ' is of a record or a generation that is not there' AS found, v.path
       FROM ${some('versions')} v LEFT JOIN ${schema}.records r ON r.path = v.path AND r.generation = v.generation
       WHERE r.path IS NULL LIMIT 100`,
      `SELECT 'v' || v.sequence || ' is stored as superseded, the head is v' || r.sequence AS found, v.path
       FROM ${some('versions')} v JOIN ${schema}.records r ON r.path = v.path AND r.generation = v.generation
       WHERE v.sequence >= r.sequence LIMIT 100`,
      `SELECT 'a row of index ' || i.index_name || ' for a record that is not live' AS found, i.path
       FROM ${some('index_rows')} i LEFT JOIN ${schema}.records r ON r.path = i.path AND r.live
       WHERE r.path IS NULL LIMIT 100`,
      `SELECT 'entry ' || e.sequence || ' of log ' || e.log || ', which is not there' AS found, NULL AS path
       FROM ${some('log_entries')} e LEFT JOIN ${schema}.logs l ON l.path = e.log WHERE l.path IS NULL LIMIT 100`,
    ]
    for (const question of questions) {
      for (const { found: text, path } of await rows(question, [limit])) {
        found.add(String(text), typeof path === 'string' ? path : undefined)
      }
    }
    return 'none is left alone'
  },
)

export const postgresChecks: readonly StoreCheck[] = [server, prepared, snapshots, vacuum, orphans]
