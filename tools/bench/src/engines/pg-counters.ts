import pg from 'pg'
import type { CounterBody } from './counter-body.ts'
import { fillerOf } from './counter-body.ts'
import type { Driver, DriverOptions, EngineMode, FilledRecord, PageKind, Stall, StallPoint } from './engine.ts'

/** As many connections of a process as ours has. */
const POOL = 10
const FILL_ROWS = 500

// Updated rows find room on their page, so that no index entry has to follow them.
const TABLES = `
  CREATE TABLE IF NOT EXISTS counter (path text PRIMARY KEY, version bigint NOT NULL, body jsonb NOT NULL)
    WITH (fillfactor = 50);
  CREATE TABLE IF NOT EXISTS counter_history (path text, version bigint, body jsonb NOT NULL, PRIMARY KEY (path, version));`
const INDEX = `CREATE INDEX IF NOT EXISTS counter_by_count ON counter (((body ->> 'count')::bigint), path)`

export interface PgRow {
  readonly version: string
  readonly body: CounterBody
}

/** `bare` keeps the current body only; `history` adds a row with each version, in the same statement. */
export function pgModes(stalls: readonly StallPoint[]): EngineMode[] {
  return [
    { mode: 'history', durability: 'disk', history: true, stalls },
    { mode: 'bare', durability: 'disk', history: false, stalls },
  ]
}

const PREPARED = '-prepared'

/** The same with named statements, which `pg` sends only when told to. */
export function preparedModes(): EngineMode[] {
  return pgModes([]).map((each) => ({ ...each, mode: `${each.mode}${PREPARED}` }))
}

/** Something to wait for between reading and writing, when this update is held up. */
export type Hold = () => Promise<void>

/** One way of updating a row; everything else is the same for all peers on PostgreSQL. */
export type UpdateRow = (counters: PgCounters, path: string, hold: Hold) => Promise<void>

/** Counters as rows of a table, the way a program without a library has them. */
export class PgCounters {
  readonly pool: pg.Pool
  readonly filler: string
  /** Updates or inserts a row and, with history, writes its version down: `$1` path, `$2` new version, `$3` body. */
  readonly writeSql: string
  readonly history: boolean
  readonly prepared: boolean

  private constructor(pool: pg.Pool, { mode, bodyBytes }: DriverOptions) {
    this.pool = pool
    this.filler = fillerOf(bodyBytes)
    this.prepared = mode.endsWith(PREPARED)
    this.history = mode.startsWith('history')
    this.writeSql = this.withHistory('UPDATE counter SET version = $2, body = $3 WHERE path = $1')
  }

  static async open(options: DriverOptions): Promise<PgCounters> {
    const pool = new pg.Pool({ connectionString: options.place, max: POOL })
    // A connection that dies while idle shows in the next query.
    pool.on('error', () => {})
    await pool.query(TABLES)
    if (options.indexed) await pool.query(INDEX)
    return new PgCounters(pool, options)
  }

  /** The statement, returning the row it wrote, which the history gets too. */
  withHistory(statement: string): string {
    const returning = `${statement} RETURNING path, version, body`
    if (!this.history) return returning
    return `WITH written AS (${returning}), kept AS (INSERT INTO counter_history SELECT * FROM written)
      SELECT path, version, body FROM written`
  }

  /** Creates the row with counter 0 when it is missing, so that there is something to wait for. */
  async create(path: string): Promise<void> {
    const body = JSON.stringify({ count: 0, filler: this.filler })
    await this.pool.query('INSERT INTO counter VALUES ($1, 0, $2) ON CONFLICT DO NOTHING', [path, body])
  }

  /** Runs statements on one connection, and rolls them back when they throw. */
  async transaction<T>(begin: string, run: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect()
    try {
      await client.query(begin)
      const result = await run(client)
      await client.query('COMMIT')
      return result
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {})
      throw error
    } finally {
      client.release()
    }
  }
}

/** The next body as a parameter. */
export function nextBody(row: PgRow, filler: string): string {
  return JSON.stringify({ count: row.body.count + 1, filler })
}

export class PgDriver implements Driver {
  readonly #counters: PgCounters
  readonly #updateRow: UpdateRow
  readonly #created = new Set<string>()

  private constructor(counters: PgCounters, updateRow: UpdateRow) {
    this.#counters = counters
    this.#updateRow = updateRow
  }

  static async open(options: DriverOptions, updateRow: UpdateRow): Promise<PgDriver> {
    return new PgDriver(await PgCounters.open(options), updateRow)
  }

  async update(path: string, stall?: Stall): Promise<void> {
    if (!this.#created.has(path)) {
      await this.#counters.create(path)
      this.#created.add(path)
    }
    await this.#updateRow(this.#counters, path, async () => stall?.until)
  }

  async count(path: string): Promise<number> {
    const { rows } = await this.#counters.pool.query<PgRow>('SELECT body FROM counter WHERE path = $1', [path])
    return rows[0]?.body.count ?? 0
  }

  async fill(records: readonly FilledRecord[]): Promise<void> {
    for (let start = 0; start < records.length; start += FILL_ROWS) {
      const batch = records.slice(start, start + FILL_ROWS)
      await this.#counters.pool.query(
        `INSERT INTO counter SELECT path, 1, jsonb_build_object('count', count, 'filler', $3::text)
         FROM unnest($1::text[], $2::bigint[]) AS filled (path, count)`,
        [batch.map(({ path }) => path), batch.map(({ count }) => count), this.#counters.filler],
      )
    }
    await this.#counters.pool.query('ANALYZE counter')
  }

  async page(kind: PageKind, cursor: unknown, limit: number): Promise<{ records: number; next: unknown }> {
    const order = kind === 'list' ? 'path' : `((body ->> 'count')::bigint)`
    const after = cursor ?? (kind === 'list' ? '' : -1)
    const { rows } = await this.#counters.pool.query<PgRow & { path: string }>(
      `SELECT path, version, body FROM counter WHERE ${order} > $1 ORDER BY ${order}, path LIMIT $2`,
      [after, limit],
    )
    const last = rows.length === limit ? rows.at(-1) : undefined
    return { records: rows.length, next: kind === 'list' ? last?.path : last?.body.count }
  }

  async close(): Promise<void> {
    await this.#counters.pool.end()
  }
}
