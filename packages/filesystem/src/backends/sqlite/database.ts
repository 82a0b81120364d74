import { statSync } from 'node:fs'
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import { FilesystemError } from '../../errors.ts'
import type { StatementName } from './statements.ts'
import { NewerSchema } from './sqlite-failure.ts'
import { MIGRATIONS } from './schema.ts'
import { STATEMENTS } from './statements.ts'

export type Parameters = Readonly<Record<string, SQLInputValue>>
export type Row = Record<string, SQLOutputValue>

/** The one connection of a worker: named statements, prepared once, and transactions. */
export class Database {
  readonly #connection: DatabaseSync
  readonly #path: string
  readonly #prepared = new Map<StatementName, StatementSync>()
  #changes = 0
  #dataVersion: StatementSync | undefined
  readonly #schemaVersion: StatementSync

  constructor(connection: DatabaseSync, path: string) {
    this.#connection = connection
    this.#path = path
    this.#schemaVersion = connection.prepare('PRAGMA user_version')
  }

  /** How many statements that change something ran. Tells whether an operation that threw had begun to change things. */
  get changes(): number {
    return this.#changes
  }

  get(name: StatementName, parameters: Parameters): Row | undefined {
    return this.#statement(name).get(parameters)
  }

  all(name: StatementName, parameters: Parameters): Row[] {
    return this.#statement(name).all(parameters)
  }

  /** Rows one by one, so that a page can stop at its limit of bytes. */
  iterate(name: StatementName, parameters: Parameters): Iterable<Row> {
    return this.#statement(name).iterate(parameters)
  }

  /** Runs a statement that changes rows; how many it changed. */
  run(name: StatementName, parameters: Parameters): number {
    this.#changes++
    return Number(this.#statement(name).run(parameters).changes)
  }

  /**
   * Runs a statement with a precondition, which must change one row; the id of an inserted row.
   *
   * @throws {FilesystemError} `corrupt` when the precondition does not hold inside of the transaction that read it.
   */
  runOne(name: StatementName, path: string, parameters: Parameters): number {
    this.#changes++
    const { changes, lastInsertRowid } = this.#statement(name).run(parameters)
    if (Number(changes) === 1) return Number(lastInsertRowid)
    throw new FilesystemError(
      'corrupt',
      `Cannot write ${JSON.stringify(path)}: ${name} changed ${changes} rows instead of one`,
      { path },
    )
  }

  /**
   * Begins a transaction that writes; throws busy at once when another connection writes.
   *
   * @throws {NewerSchema} when a newer program has migrated the file since it was opened.
   */
  beginWrite(): void {
    this.#connection.exec('BEGIN IMMEDIATE')
    this.#checkSchema()
  }

  /**
   * Begins a transaction that sees one snapshot.
   *
   * @throws {NewerSchema} when a newer program has migrated the file since it was opened.
   */
  beginRead(): void {
    this.#connection.exec('BEGIN')
    this.#checkSchema()
  }

  commit(): void {
    this.#connection.exec('COMMIT')
  }

  /** Ends a failed transaction, which SQLite may have ended already. */
  rollback(): void {
    try {
      if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK')
    } catch {
      // The error that led here is the one to tell.
    }
  }

  /** A number that changes when another connection has committed; -1 when it cannot be told at this moment. */
  dataVersion(): number {
    try {
      this.#dataVersion ??= this.#connection.prepare('PRAGMA data_version')
      return Number(this.#dataVersion.get()?.['data_version'])
    } catch {
      return -1
    }
  }

  /**
   * Moves the write-ahead log into the database file, as far as no reader is in the way; `empty` also cuts it to nothing.
   * Waits for nobody.
   */
  checkpoint(extent: 'move' | 'empty'): void {
    this.#connection.exec(`PRAGMA wal_checkpoint(${extent === 'empty' ? 'TRUNCATE' : 'PASSIVE'})`)
  }

  /** The size of the write-ahead log's file. It is not opened: closing it would end the locks of this connection. */
  logBytes(): number {
    return statSync(`${this.#path}-wal`, { throwIfNoEntry: false })?.size ?? 0
  }

  close(): void {
    this.#connection.close()
  }

  #checkSchema(): void {
    const version = Number(this.#schemaVersion.get()?.['user_version'])
    if (version > MIGRATIONS.length) throw new NewerSchema(version, MIGRATIONS.length)
  }

  #statement(name: StatementName): StatementSync {
    const known = this.#prepared.get(name)
    if (known) return known
    const statement = this.#connection.prepare(STATEMENTS[name])
    this.#prepared.set(name, statement)
    return statement
  }
}
