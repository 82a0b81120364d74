import { FilesystemError } from '../../errors.ts'
import type { Lane, Limits, Writer } from '../../filesystem.ts'
import { DEFAULT_LIMITS, TOMBSTONE_MS_DEFAULT } from '../../filesystem.ts'
import type { Runtime } from '../../runtime.ts'
import { SCHEMA_DEFAULT } from './identifiers.ts'

/** How to reach the server: settings of `pg`, which also reads the PG* environment variables and the password file. */
export interface PostgresConnection {
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly user?: string | undefined
  /** A function is asked for each new connection, so that short-lived passwords work. */
  readonly password?: string | (() => string | Promise<string>) | undefined
  readonly database?: string | undefined
  /** `true` verifies the server's certificate; an object is passed to `node:tls`. */
  readonly ssl?: boolean | Readonly<Record<string, unknown>> | undefined
}

export interface PostgresOptions {
  /** `postgres://user@host/database`, with the query parameters of `pg`. Either this or `connection`. */
  readonly url?: string | undefined
  readonly connection?: PostgresConnection | undefined
  /** The schema that holds the tables. Default `latchless`. */
  readonly schema?: string | undefined
  /** Connections of each lane. Default 10 for `normal` and 2, which nobody else can take, for `critical`. */
  readonly pools?: Readonly<Partial<Record<Lane, number>>> | undefined
  /** How long an operation waits for a connection of its pool, in milliseconds. Default 2,000. */
  readonly checkoutTimeoutMs?: number | undefined
  /** How long the server may work on a statement, in milliseconds. Default 5,000. */
  readonly statementTimeoutMs?: number | undefined
  /** The deadline of the updates above this filesystem, in milliseconds. Default 15,000, that of `casUpdate`. */
  readonly deadlineMs?: number | undefined
  /**
   * Whether the statement timeout is also set on the server, as a parameter of each new connection. Default true. A pooling
   * proxy that refuses such parameters needs false, and the timeout set on the role.
   */
  readonly serverTimeouts?: boolean | undefined
  /**
   * Use named prepared statements for what finds its rows by key. Default true. Where a pooling proxy does not carry them, the
   * store notices at the first refusal and goes on without; false spares it that one round trip.
   */
  readonly prepare?: boolean | undefined
  /**
   * Wake watchers of other processes by LISTEN and NOTIFY, at most every 50 ms. Default true. Through a pooling proxy use
   * false; watchers then see changes by polling alone.
   */
  readonly poke?: boolean | undefined
  /** How often a watcher looks for changes at the least, in milliseconds. Default 250. */
  readonly watchPollMs?: number | undefined
  /** Create or upgrade the tables when needed. Default false: the role of a service needs no right to do so. */
  readonly migrate?: boolean | undefined
  /**
   * Reads only: no table is made or migrated, every write is refused as `unsupported`, and the server is told by a startup
   * parameter of each connection that its transactions are read-only, unless `serverTimeouts` says that a proxy refuses such
   * parameters. Default false.
   */
  readonly readOnly?: boolean | undefined
  /** How long a tombstone is kept before `maintain` purges it, in milliseconds. Default 24 hours. */
  readonly tombstoneMs?: number | undefined
  /** How long watchers are told of a purged path, in milliseconds. Default 24 hours. */
  readonly changesMs?: number | undefined
  readonly applicationName?: string | undefined
  readonly runtime?: Runtime | undefined
  readonly limits?: Partial<Limits> | undefined
  /** Recorded by writes that name no writer. */
  readonly writer?: Writer | undefined
}

export interface Settings {
  readonly schema: string
  readonly pools: Readonly<Record<Lane, number>>
  readonly checkoutTimeoutMs: number
  readonly statementTimeoutMs: number
  /** How long a statement's answer is waited for: longer than the server may work, shorter than the deadline. */
  readonly answerTimeoutMs: number
  readonly serverTimeouts: boolean
  readonly prepare: boolean
  readonly poke: boolean
  readonly readOnly: boolean
  readonly watchPollMs: number
  readonly tombstoneMs: number
  readonly changesMs: number
}

/**
 * The settings with their defaults.
 *
 * @throws {FilesystemError} `invalid-argument` when a number is out of range or the timeouts are not nested.
 */
export function settingsOf(options: PostgresOptions): Settings {
  const checkoutTimeoutMs = whole('checkoutTimeoutMs', options.checkoutTimeoutMs ?? 2_000, 1)
  const statementTimeoutMs = whole('statementTimeoutMs', options.statementTimeoutMs ?? 5_000, 1)
  const deadlineMs = whole('deadlineMs', options.deadlineMs ?? 15_000, 1)
  if (!(checkoutTimeoutMs < statementTimeoutMs && statementTimeoutMs < deadlineMs)) {
    throw refused('expected checkoutTimeoutMs < statementTimeoutMs < deadlineMs, so that each error names its cause')
  }
  // A row of an index must fit a page of a B-tree together with its path.
  if ((options.limits?.tupleBytesMax ?? 0) > DEFAULT_LIMITS.tupleBytesMax) {
    throw refused(`limits.tupleBytesMax must be at most ${DEFAULT_LIMITS.tupleBytesMax}`)
  }
  return {
    schema: options.schema ?? SCHEMA_DEFAULT,
    pools: {
      normal: whole('pools.normal', options.pools?.normal ?? 10, 1),
      critical: whole('pools.critical', options.pools?.critical ?? 2, 1),
    },
    checkoutTimeoutMs,
    statementTimeoutMs,
    answerTimeoutMs: statementTimeoutMs + Math.min(1_000, Math.ceil((deadlineMs - statementTimeoutMs) / 2)),
    serverTimeouts: options.serverTimeouts ?? true,
    prepare: options.prepare ?? true,
    poke: options.poke ?? true,
    readOnly: options.readOnly ?? false,
    watchPollMs: whole('watchPollMs', options.watchPollMs ?? 250, 1),
    tombstoneMs: whole('tombstoneMs', options.tombstoneMs ?? TOMBSTONE_MS_DEFAULT, 0),
    changesMs: whole('changesMs', options.changesMs ?? TOMBSTONE_MS_DEFAULT, 0),
  }
}

function whole(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value
  throw refused(`${name} must be a whole number from ${least}`)
}

function refused(problem: string): FilesystemError {
  return new FilesystemError('invalid-argument', `Cannot open postgres: ${problem}`, { operation: 'open' })
}
