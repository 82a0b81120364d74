import pg from 'pg'
import { checkSignal } from '../../entry.ts'
import type { Lane } from '../../filesystem.ts'
import { failureOf, noAnswer, poolExhausted, type Progress, severityOf } from './failure.ts'
import type { PostgresOptions, Settings } from './options.ts'
import { readOnlySessions } from './read-only-sessions.ts'
import { isUnprepared } from './sqlstate.ts'
import type { Call, Row, Statement } from './statement.ts'

const LANES: readonly Lane[] = ['normal', 'critical']

/**
 * The connections: a pool per lane. Each call is one statement on one connection, in autocommit: there is no transaction that
 * a stalled client could leave open, and nothing that depends on the session, so any pooling proxy may sit in between.
 */
export class Pools {
  readonly #pools: Readonly<Record<Lane, pg.Pool>>
  readonly #settings: Settings
  #prepare: boolean

  constructor(options: PostgresOptions, settings: Settings) {
    this.#settings = settings
    this.#prepare = settings.prepare
    const open = (lane: Lane): pg.Pool => {
      const pool = new pg.Pool({
        ...clientConfig(options, settings),
        max: settings.pools[lane],
        connectionTimeoutMillis: settings.checkoutTimeoutMs,
        // An idle connection must not keep a process alive that is done.
        allowExitOnIdle: true,
      })
      // A connection that fails while nobody uses it is replaced by the pool; without a listener the process would die.
      pool.on('error', () => {})
      pool.on('connect', (client) => client.on('error', () => {}))
      return pool
    }
    this.#pools = { normal: open('normal'), critical: open('critical') }
  }

  /** True when a statement more would delay nobody. */
  get idle(): boolean {
    return this.#pools.normal.waitingCount === 0
  }

  /**
   * Runs one statement.
   *
   * @throws {FilesystemError} `unavailable`, with `retry` as far as it is known; `aborted` when the signal fired before the
   * statement was sent.
   */
  async run(call: Call, statement: Statement, values: readonly unknown[]): Promise<readonly Row[]> {
    const client = await this.#checkout(call)
    // After a refusal the connection is in order. After silence or a cut it is not: whatever it still says belongs to the
    // statement that was given up.
    let broken = false
    try {
      checkSignal(call.operation, call.path, call.options.signal)
      return await this.#query(client, call, statement, values)
    } catch (error) {
      broken = error instanceof BrokenConnection
      throw error instanceof BrokenConnection ? error.failure : error
    } finally {
      client.release(broken)
    }
  }

  /** Ends every connection; one that is in use when it is given back. */
  async close(): Promise<void> {
    await Promise.all(LANES.map((lane) => this.#pools[lane].end()))
  }

  async #checkout(call: Call): Promise<pg.PoolClient> {
    const lane = call.options.lane ?? 'normal'
    try {
      return await this.#pools[lane].connect()
    } catch (error) {
      const progress = progressOf(call, false)
      // The driver gives this one no code. A connection that could not be made in time has another text.
      if (error instanceof Error && error.message === 'timeout exceeded when trying to connect') {
        throw poolExhausted(progress, lane, this.#settings.pools[lane], this.#settings.checkoutTimeoutMs)
      }
      throw failureOf(error, progress)
    }
  }

  async #query(
    client: pg.PoolClient,
    call: Call,
    statement: Statement,
    values: readonly unknown[],
  ): Promise<readonly Row[]> {
    const name = this.#prepare ? statement.name : undefined
    const query = {
      text: statement.text,
      values: [...values],
      query_timeout: this.#settings.answerTimeoutMs,
      ...(name === undefined ? {} : { name }),
    }
    try {
      const { rows } = await client.query<Row>(query)
      return rows
    } catch (error) {
      if (name !== undefined && isUnprepared(error)) {
        this.#prepare = false
        return this.#query(client, call, statement, values)
      }
      const progress = progressOf(call, true)
      if (error instanceof Error && error.message === 'Query read timeout') {
        throw new BrokenConnection(noAnswer(progress, this.#settings.answerTimeoutMs))
      }
      const failure = failureOf(error, progress)
      // An ordinary refusal leaves the connection usable; FATAL and PANIC, and everything that is no answer, do not.
      throw severityOf(error) === 'ERROR' ? failure : new BrokenConnection(failure)
    }
  }
}

/** Carries a failure to where the connection is given back. */
class BrokenConnection extends Error {
  readonly failure: Error

  constructor(failure: Error) {
    super('broken connection')
    this.failure = failure
  }
}

function progressOf({ operation, path, writes }: Call, sent: boolean): Progress {
  return { operation, path, writes, sent }
}

/** The settings of every connection. */
export function clientConfig(options: PostgresOptions, settings: Settings): pg.ClientConfig {
  const config: pg.ClientConfig = {
    ...(options.connection as pg.ClientConfig | undefined),
    ...(options.url === undefined ? {} : { connectionString: options.url }),
    application_name: options.applicationName ?? 'latchless',
    keepAlive: true,
    ...(settings.serverTimeouts ? { statement_timeout: settings.statementTimeoutMs } : {}),
  }
  return settings.readOnly && settings.serverTimeouts ? readOnlySessions(config) : config
}
