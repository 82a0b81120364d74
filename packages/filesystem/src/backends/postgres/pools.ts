import pg from 'pg'
import { checkSignal } from '../../entry.ts'
import type { Lane } from '../../filesystem.ts'
import type { FilesystemError } from '../../errors.ts'
import { failureOf, noAnswer, poolExhausted, type Progress, severityOf } from './failure.ts'
import type { PostgresOptions, Settings } from './options.ts'
import { readOnlySessions } from './read-only-sessions.ts'
import { isOfStatement, isUnprepared } from './sqlstate.ts'
import type { Call, Request, Row, Statement } from './statement.ts'

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
    try {
      return await this.send(call.options.lane ?? 'normal', () => {
        checkSignal(call.operation, call.path, call.options.signal)
        return { statement, values }
      })
    } catch (error) {
      throw errorFor(call, error)
    }
  }

  /**
   * Runs the statement that is asked for when a connection is there, or none.
   *
   * @throws {StatementFailure} and what `request` throws.
   */
  async send(lane: Lane, request: () => Request | undefined): Promise<readonly Row[]> {
    const client = await this.#checkout(lane)
    let broken = false
    try {
      const wanted = request()
      return wanted ? await this.#query(client, wanted) : []
    } catch (error) {
      broken = error instanceof StatementFailure && error.leavesBroken
      throw error
    } finally {
      client.release(broken)
    }
  }

  /** @throws {StatementFailure} when something has waited for longer than it may wait for a connection. */
  checkWait(lane: Lane, waitedMs: number): void {
    if (waitedMs > this.#settings.checkoutTimeoutMs) throw this.#exhausted(lane)
  }

  /** Ends every connection; one that is in use when it is given back. */
  async close(): Promise<void> {
    await Promise.all(LANES.map((lane) => this.#pools[lane].end()))
  }

  async #checkout(lane: Lane): Promise<pg.PoolClient> {
    try {
      return await this.#pools[lane].connect()
    } catch (error) {
      // The driver gives this one no code. A connection that could not be made in time has another text.
      if (error instanceof Error && error.message === 'timeout exceeded when trying to connect')
        throw this.#exhausted(lane)
      throw new StatementFailure((call) => failureOf(error, { ...call, sent: false }))
    }
  }

  #exhausted(lane: Lane): StatementFailure {
    const { pools, checkoutTimeoutMs } = this.#settings
    return new StatementFailure((call) => poolExhausted({ ...call, sent: false }, lane, pools[lane], checkoutTimeoutMs))
  }

  async #query(client: pg.PoolClient, { statement, values }: Request): Promise<readonly Row[]> {
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
        return this.#query(client, { statement, values })
      }
      if (error instanceof Error && error.message === 'Query read timeout') {
        const { answerTimeoutMs } = this.#settings
        throw new StatementFailure((call) => noAnswer({ ...call, sent: true }, answerTimeoutMs), { leavesBroken: true })
      }
      // An ordinary refusal leaves the connection in order. FATAL and PANIC, and everything that is no answer, do not: whatever
      // the connection still says belongs to the statement that was given up.
      const isRefusal = severityOf(error) === 'ERROR'
      throw new StatementFailure((call) => failureOf(error, { ...call, sent: true }), {
        leavesBroken: !isRefusal,
        isOfStatement: isRefusal && isOfStatement(error),
      })
    }
  }
}

/** A statement that failed, not yet told in the words of the operations that it was for. */
export class StatementFailure extends Error {
  /** The error of one of these operations. */
  readonly of: (call: Omit<Progress, 'sent'>) => FilesystemError
  readonly leavesBroken: boolean
  /** Nothing landed, and the reason lies in what the statement was to do. */
  readonly isOfStatement: boolean

  constructor(
    of: StatementFailure['of'],
    { leavesBroken = false, isOfStatement = false }: { leavesBroken?: boolean; isOfStatement?: boolean } = {},
  ) {
    super('Cannot run a statement')
    this.of = of
    this.leavesBroken = leavesBroken
    this.isOfStatement = isOfStatement
  }
}

/** What an operation is told of an error: of a failed statement in its own words. */
export function errorFor(call: Call, error: unknown): unknown {
  return error instanceof StatementFailure ? error.of(call) : error
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
