import { createHash } from 'node:crypto'
import { PAGE_BYTES_MAX } from '../../page-budget.ts'
import type { Statement } from './statement.ts'
import { headColumns } from './rows.ts'
import { opsSql } from './tables.ts'

/** Every statement that is sent to the server, for one schema. Values are parameters; only the schema's name is in the text. */
export interface Statements {
  readonly put: Statement
  /** So many puts, each with an outcome of its own, in order; `told` is false where the answer had no room for the winner. */
  readonly puts: (count: number) => Statement
  /** A row for each step, or for the one that lost; `told` is false where the answer had no room for the winner. */
  readonly transact: Statement
  readonly append: Statement
  readonly trim: Statement
  readonly maintain: Statement
  readonly get: Statement
  readonly getVersion: Statement
  readonly history: (bodies: boolean) => Statement
  readonly read: Statement
  readonly list: (page: PageShape) => Statement
  /** The children that are live, or have something live below them. */
  readonly children: (page: PageShape) => Statement
  /** The same, and the children that are tombstones. */
  readonly allChildren: (page: PageShape) => Statement
  readonly query: (page: PageShape) => Statement
  readonly changes: Statement
  readonly snapshot: Statement
}

export interface PageShape {
  readonly descending: boolean
  readonly bodies: boolean
}

export function statementsOf(s: string): Statements {
  const named = (name: string, text: string): Statement => {
    const digest = createHash('sha256').update(text).digest('hex')
    return { name: `latchless_${name}_${digest.slice(0, 16)}`, text }
  }
  const shaped = (text: (page: PageShape) => string) => {
    const made = [false, true].map((descending) =>
      [false, true].map((bodies) => ({ text: bounded(text({ descending, bodies }), bodies) })),
    )
    return (page: PageShape) => made[Number(page.descending)]?.[Number(page.bodies)] as Statement
  }
  const historyPlain = { text: historySql(s, false) }
  const historyBodies = { text: bounded(historySql(s, true), true) }
  const put = named('put', putSql(s))
  const puts: Statement[] = []
  return {
    put,
    puts: (count) => (puts[count] ??= count === 1 ? put : named(`puts${count}`, putsSql(s, count))),
    transact: named('transact', transactSql(s)),
    append: named('append', `SELECT last FROM ${s}.append_entries($1, $2::bytea[])`),
    trim: named('trim', `SELECT deleted FROM ${s}.trim_log($1, $2)`),
    maintain: { text: `SELECT removed, more FROM ${s}.purge_expired($1, $2, $3, $4)` },
    get: named(
      'get',
      `SELECT ${headColumns('r', 'body')}, ${opsSql(s, 'r')} AS head_ops FROM ${s}.records r WHERE r.path = $1`,
    ),
    getVersion: named('version', getVersionSql(s)),
    history: (bodies) => (bodies ? historyBodies : historyPlain),
    read: named('read', readSql(s)),
    list: shaped((page) => listSql(s, page)),
    children: shaped((page) => childrenSql(s, page, false)),
    allChildren: shaped((page) => childrenSql(s, page, true)),
    query: shaped((page) => querySql(s, page)),
    changes: { text: changesSql(s) },
    snapshot: { text: `SELECT epoch, pg_current_snapshot()::text AS snapshot FROM ${s}.store` },
  }
}

/** How long a batch of puts waits for a lock. Long for the transactions of others, which are one statement each. */
const BATCH_LOCK_TIMEOUT_MS = 50

/**
 * How many bytes of winners' heads a statement that holds locks answers with, shortest first. The server commits behind its answer
 * and not before, so the answer has to fit the buffers on the way: else a client that stopped reading would keep the locks.
 */
const LOCKED_HEADS_BYTES_MAX = 16 * 1024

// Bytes are sent as hexadecimal text.
const sizeOfHead = 'coalesce(octet_length(p.head::text), 0) + 2 * coalesce(octet_length(p.body), 0)'
const toldColumns = 'CASE WHEN t.told THEN t.head END AS head, CASE WHEN t.told THEN t.body END AS body'
const outcomeColumns = 'outcome, sequence, generation, head, body'
const putTypes = ['', '', '', '', '', '', '', '', '', '', '::text[]', '::bytea[]', '::json', '::json', '::json', '']

function putSql(s: string): string {
  return `SELECT ${outcomeColumns} FROM ${putCallSql(s, 0)}`
}

// The first arm has no row; it is there for its effect, which ends with the transaction.
function putsSql(s: string, count: number): string {
  const arms = Array.from({ length: count }, (_, at) => `SELECT ${at}, ${outcomeColumns} FROM ${putCallSql(s, at)}`)
  return `SELECT t.told, t.outcome, t.sequence, t.generation, ${toldColumns}
    FROM (
      SELECT p.*, sum(${sizeOfHead}) OVER (ORDER BY ${sizeOfHead}, p.at) <= ${LOCKED_HEADS_BYTES_MAX} AS told FROM (
        SELECT NULL::integer AS at, NULL::text AS outcome, NULL::bigint AS sequence, NULL::text AS generation,
          NULL::json AS head, NULL::bytea AS body
        WHERE set_config('lock_timeout', '${BATCH_LOCK_TIMEOUT_MS}', true) IS NULL
        UNION ALL ${arms.join(' UNION ALL ')}
      ) p
    ) t ORDER BY t.at`
}

function putCallSql(s: string, at: number): string {
  const parameters = putTypes.map((type, index) => `$${at * putTypes.length + index + 1}${type}`)
  return `${s}.put_record(${parameters.join(', ')})`
}

function transactSql(s: string): string {
  return `SELECT t.told, t.step, t.outcome, t.sequence, t.generation, t.first, t.last, ${toldColumns}
    FROM (
      SELECT p.*, ${sizeOfHead} <= ${LOCKED_HEADS_BYTES_MAX} AS told
      FROM ${s}.transact_records($1::jsonb, $2, $3::json, $4::json, $5::json, $6) p
    ) t`
}

// The columns that heads and superseded versions share.
const versionColumns = `path, sequence, time, write_id, schema_version, live, generation, content_type, kind,
  index_names, index_tuples, writer, updates, body`

function getVersionSql(s: string): string {
  const one = (table: string) => `SELECT ${versionColumns} FROM ${s}.${table} WHERE path = $1 AND sequence = $2`
  return `SELECT h.sequence AS newest, h.oldest, ${headColumns('v', 'body')} FROM ${s}.records h
    LEFT JOIN (${one('records')} UNION ALL ${one('versions')}) v ON true WHERE h.path = $1`
}

/** A page that ends early when its bodies are large. `page_rows` tells how many rows there were. */
function bounded(page: string, bodies: boolean): string {
  if (!bodies) return page
  return `SELECT * FROM (
      SELECT p.*, count(*) OVER () AS page_rows,
        sum(octet_length(p.head_body)) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
      FROM (${page}) p
    ) q WHERE coalesce(q.bytes_before, 0) < ${PAGE_BYTES_MAX}`
}

function historySql(s: string, bodies: boolean): string {
  const page = (table: string) => `(SELECT ${versionColumns} FROM ${s}.${table}
      WHERE path = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT $3)`
  return `SELECT ${headColumns('v', bodies ? 'body' : 'size')} FROM (${page('records')} UNION ALL ${page('versions')}) v
    ORDER BY v.sequence DESC LIMIT $3`
}

function readSql(s: string): string {
  return `SELECT l.last, l.oldest, e.sequence, (extract(epoch FROM e.time) * 1000)::bigint AS time, e.body
    FROM ${s}.logs l LEFT JOIN LATERAL (
      SELECT f.sequence, f.time, f.body,
        sum(octet_length(f.body)) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
      FROM (
        SELECT g.sequence, g.time, g.body FROM ${s}.log_entries g
        WHERE g.log = $1 AND g.sequence > greatest($2::bigint, l.oldest - 1) ORDER BY g.sequence LIMIT $3
      ) f
    ) e ON coalesce(e.bytes_before, 0) < ${PAGE_BYTES_MAX} WHERE l.path = $1 ORDER BY e.sequence`
}

/** $1 to $2: the bounds of the paths, both exclusive; $3: tombstones too; $4: rows. */
function listSql(s: string, { descending, bodies }: PageShape): string {
  return `SELECT r.path, ${headColumns('r', bodies ? 'body' : 'size')} FROM ${s}.records r
    WHERE r.path > $1 AND r.path < $2 AND (r.live OR $3::boolean)
    ORDER BY r.path ${descending ? 'DESC' : 'ASC'} LIMIT $4`
}

/**
 * Jumps from child to child through the index by tree, whatever lies below them, and looks at each child twice: at its own
 * path, and for something live below. Both looks depend on the child (OFFSET 0 keeps the planner from turning them around), so
 * the page keeps the order of the jumps and ends them when it is full. Without tombstones the jumps and the look below go by the
 * index of what is live, so tombstones cost nothing. $1: the prefix with its slash; $2 to $3: the bounds of the tree keys; $4: rows.
 */
function childrenSql(s: string, { descending, bodies }: PageShape, deleted: boolean): string {
  const key = (path: string) => `(translate(${path}, '/', E'\\x01') COLLATE "C")`
  const child = `left(r.path, char_length($1::text)) || split_part(substr(r.path, char_length($1::text) + 1), '/', 1)`
  const order = `ORDER BY ${key('r.path')} ${descending ? 'DESC' : 'ASC'} LIMIT 1`
  // Each of the two indexes by tree holds what the other one does not.
  const first = (live: string, bound: string) => `(SELECT r.path FROM ${s}.records r
      WHERE ${live} AND ${key('r.path')} >= $2 AND ${key('r.path')} < $3${bound} ${order})`
  const candidates = (bound: string) =>
    deleted ? `(${first('r.live', bound)} UNION ALL ${first('NOT r.live', bound)})` : first('r.live', bound)
  const next = (bound: string) => `(SELECT (${child}) COLLATE "C" AS path FROM ${candidates(bound)} r ${order})`
  const beyond = descending
    ? ` AND ${key('r.path')} < ${key('c.path')}`
    : ` AND ${key('r.path')} >= ${key('c.path')} || E'\\x02'`
  return `WITH RECURSIVE children AS (
      SELECT first.path FROM ${next('')} first
      UNION ALL
      SELECT following.path FROM children c CROSS JOIN LATERAL ${next(beyond)} following
    )
    SELECT c.path, d.directory, ${headColumns('r', bodies ? 'body' : 'size')} FROM children c
    LEFT JOIN LATERAL (
      SELECT h.* FROM ${s}.records h WHERE h.path = c.path${deleted ? '' : ' AND h.live'} OFFSET 0
    ) r ON true
    CROSS JOIN LATERAL (SELECT EXISTS (
      SELECT 1 FROM ${s}.records b WHERE b.live
        AND ${key('b.path')} > ${key('c.path')} || E'\\x01' AND ${key('b.path')} < ${key('c.path')} || E'\\x02'
    ) AS directory) d
    WHERE r.path IS NOT NULL OR d.directory LIMIT $4`
}

/** $1, $2: collection and index; $3, $4: tuple and name where the page starts, exclusive; $5: the far bound; $6: rows. */
function querySql(s: string, { descending, bodies }: PageShape): string {
  const [start, end, order] = descending ? ['<', '>=', 'DESC'] : ['>', '<', 'ASC']
  return `SELECT i.path, i.tuple, ${headColumns('r', bodies ? 'body' : 'size')} FROM ${s}.index_rows i
    JOIN ${s}.records r ON r.path = i.path
    WHERE i.collection = $1 AND i.index_name = $2 AND (i.tuple, i.name) ${start} ($3::bytea, $4::text)
      AND i.tuple ${end} $5
    ORDER BY i.tuple ${order}, i.name ${order} LIMIT $6`
}

/**
 * The writes that became visible between two snapshots. $1: the earlier; $2: the later, null for now; $3: rows up to this id
 * were told; $4, $5: the range of paths; $6: rows; $7: when more writes than this lie in between, none is told.
 */
function changesSql(s: string): string {
  const between = (until: string) => `w.xid >= pg_snapshot_xmin($1::pg_snapshot) AND w.xid < pg_snapshot_xmax(${until})
      AND NOT pg_visible_in_snapshot(w.xid, $1::pg_snapshot) AND pg_visible_in_snapshot(w.xid, ${until})`
  return `SELECT b.epoch, b.until::text, b.overflow, b.known, c.id, c.path, c.sequence, c.generation, c.live, c.purged
    FROM (
      SELECT t.epoch, u.until, t.changes_from <= pg_snapshot_xmin($1::pg_snapshot)
          AND pg_snapshot_xmax($1::pg_snapshot) <= pg_snapshot_xmax(u.until) AS known,
        $3::bigint = 0 AND (SELECT count(*) > $7 FROM (
          SELECT 1 FROM ${s}.writes w WHERE ${between('u.until')} LIMIT $7 + 1) x) AS overflow
      FROM ${s}.store t, LATERAL (SELECT coalesce($2::pg_snapshot, pg_current_snapshot()) AS until) u
    ) b LEFT JOIN LATERAL (
      SELECT w.id, w.path, w.sequence, w.generation, w.live, w.purged_at IS NOT NULL AS purged FROM ${s}.writes w
      WHERE ${between('b.until')} AND w.id > $3 AND w.path >= $4 AND w.path < $5 ORDER BY w.id LIMIT $6
    ) c ON NOT b.overflow ORDER BY c.id`
}
