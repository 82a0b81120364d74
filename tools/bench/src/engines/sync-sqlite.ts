import type { CounterBody } from './counter-body.ts'
import { fillerOf, increment } from './counter-body.ts'
import type { Driver, DriverOptions, EngineMode, FilledRecord, PageKind, Stall } from './engine.ts'
import { eventTurn, retryWithBackoff } from './retry.ts'

/** What the synchronous bindings of SQLite have in common. */
export interface SyncSqlite {
  exec(sql: string): unknown
  prepare(sql: string): SyncStatement
  close(): unknown
}

interface SyncStatement {
  run(...parameters: (string | number)[]): { readonly changes: number | bigint }
  get(...parameters: (string | number)[]): unknown
  all(...parameters: (string | number)[]): unknown[]
}

interface Row {
  readonly path: string
  readonly version: number
  readonly body: string
}

/** How long a statement waits for the file, as these bindings do by default: on the event loop. */
const BUSY_TIMEOUT_MS = 5000

/** `immediate`: read and write in one transaction that takes the file first. `cas`: write where the version is unchanged. */
export const sqliteModes: EngineMode[] = (['disk', 'process'] as const).flatMap((durability) => [
  { mode: 'immediate', durability, history: false, stalls: [] },
  { mode: 'cas', durability, history: false, stalls: ['apply'] },
])

export class SyncSqliteDriver implements Driver {
  readonly #database: SyncSqlite
  readonly #engine: string
  readonly #mode: string
  readonly #filler: string
  readonly #select: SyncStatement
  readonly #insert: SyncStatement
  readonly #write: SyncStatement

  constructor(engine: string, database: SyncSqlite, { mode, durability, bodyBytes, indexed }: DriverOptions) {
    this.#database = database
    this.#engine = engine
    this.#mode = mode
    this.#filler = fillerOf(bodyBytes)
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
    database.exec('PRAGMA journal_mode = WAL')
    database.exec(`PRAGMA synchronous = ${durability === 'disk' ? 'FULL' : 'NORMAL'}`)
    database.exec(
      'CREATE TABLE IF NOT EXISTS counter (path TEXT PRIMARY KEY, version INTEGER NOT NULL, count INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID',
    )
    if (indexed) database.exec('CREATE INDEX IF NOT EXISTS counter_by_count ON counter (count, path)')
    this.#select = database.prepare('SELECT path, version, body FROM counter WHERE path = ?')
    this.#insert = database.prepare('INSERT INTO counter VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING')
    this.#write = database.prepare(
      'UPDATE counter SET version = version + 1, count = ?, body = ? WHERE path = ? AND version = ?',
    )
  }

  async update(path: string, stall?: Stall): Promise<void> {
    await eventTurn()
    if (this.#mode === 'immediate') return this.#transact(path)
    await retryWithBackoff(this.#engine, async (tries) => {
      const row = this.#read(path)
      if (tries === 0 && stall) await stall.until
      return this.#store(path, row)
    })
  }

  async count(path: string): Promise<number> {
    const row = this.#read(path)
    return row ? bodyOf(row).count : 0
  }

  async fill(records: readonly FilledRecord[]): Promise<void> {
    this.#database.exec('BEGIN IMMEDIATE')
    for (const { path, count } of records) {
      this.#insert.run(path, 1, count, JSON.stringify({ count, filler: this.#filler }))
    }
    this.#database.exec('COMMIT')
  }

  async page(kind: PageKind, cursor: unknown, limit: number): Promise<{ records: number; next: unknown }> {
    await eventTurn()
    const column = kind === 'list' ? 'path' : 'count'
    const after = (cursor ?? (kind === 'list' ? '' : -1)) as string | number
    const sql = `SELECT path, version, body FROM counter WHERE ${column} > ? ORDER BY ${column}, path LIMIT ?`
    const rows = this.#database.prepare(sql).all(after, limit) as Row[]
    const bodies = rows.map(bodyOf)
    const full = rows.length === limit
    return {
      records: rows.length,
      next: full ? (kind === 'list' ? rows.at(-1)?.path : bodies.at(-1)?.count) : undefined,
    }
  }

  async close(): Promise<void> {
    this.#database.close()
  }

  #transact(path: string): void {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      this.#store(path, this.#read(path))
      this.#database.exec('COMMIT')
    } catch (error) {
      this.#database.exec('ROLLBACK')
      throw error
    }
  }

  #read(path: string): Row | undefined {
    return this.#select.get(path) as Row | undefined
  }

  #store(path: string, row: Row | undefined): boolean {
    const next = increment(row && bodyOf(row), this.#filler)
    const body = JSON.stringify(next)
    const { changes } = row
      ? this.#write.run(next.count, body, path, row.version)
      : this.#insert.run(path, 1, next.count, body)
    return Number(changes) === 1
  }
}

function bodyOf({ body }: Row): CounterBody {
  return JSON.parse(body) as CounterBody
}
