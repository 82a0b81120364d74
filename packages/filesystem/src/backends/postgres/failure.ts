import { FilesystemError, type Retry } from '../../errors.ts'
import { meaningOf, sqlstateOf } from './sqlstate.ts'

/** How far an operation had come when it failed. */
export interface Progress {
  readonly operation: string
  readonly path: string
  /** Whether it could have changed something. */
  readonly writes: boolean
  /** Whether a statement had been handed to the connection. */
  readonly sent: boolean
}

/**
 * What is kept of a driver's error. Its message, detail and parameters can hold stored values and its stack the connection
 * string, so only the codes survive, and the server's text where it cannot quote a value.
 */
export class PostgresFailure extends Error {
  static {
    this.prototype.name = 'PostgresFailure'
  }
  readonly code: string | undefined

  constructor(error: unknown) {
    const sqlstate = sqlstateOf(error)
    const code = sqlstate ?? textOf(error, 'code')
    super(sqlstate === undefined ? networkText(error, code) : serverText(error, sqlstate))
    this.code = code
  }
}

/** Classes whose messages name roles, tables and timeouts, never a value. */
const quotable = new Set(['08', '25', '28', '3D', '3F', '40', '53', '55', '57'])

function serverText(error: unknown, sqlstate: string): string {
  const text = quotable.has(sqlstate.slice(0, 2)) ? textOf(error, 'message') : undefined
  return text === undefined ? `SQLSTATE ${sqlstate}` : `SQLSTATE ${sqlstate}: ${text}`
}

function networkText(error: unknown, code: string | undefined): string {
  const call = textOf(error, 'syscall')
  return [code ?? 'no answer of the server', ...(call === undefined ? [] : [`in ${call}`])].join(' ')
}

/** Servers that speak another language translate it; such an answer counts as none of the known ones. */
export function severityOf(error: unknown): string | undefined {
  return textOf(error, 'severity')
}

function textOf(error: unknown, key: 'code' | 'message' | 'severity' | 'syscall'): string | undefined {
  const value = typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[key] : undefined
  return typeof value === 'string' ? value : undefined
}

/** Codes of TLS, names and certificates: trying again gives the same answer. */
const settledCodes = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_INVALID)/

/** The error of an operation for an error of the driver. */
export function failureOf(error: unknown, progress: Progress): FilesystemError {
  if (error instanceof FilesystemError) return error
  const sqlstate = sqlstateOf(error)
  if (sqlstate !== undefined) {
    const { retry, says } = meaningOf(sqlstate)
    // Only an ERROR tells of a rollback. With FATAL or PANIC the commit may be on disk already, and survive the recovery.
    const isSettled = !(progress.writes && progress.sent) || severityOf(error) === 'ERROR'
    return unavailable(says, knownRetry(isSettled ? retry : 'unknown', progress), progress, error)
  }
  if (!progress.sent) {
    const retry = settledCodes.test(textOf(error, 'code') ?? '') ? 'never' : 'safe'
    return unavailable('no connection to the server', retry, progress, error)
  }
  return unavailable('the connection was lost before the answer', knownRetry('unknown', progress), progress, error)
}

/** The error for a statement that got no answer in time. */
export function noAnswer(progress: Progress, afterMs: number): FilesystemError {
  return unavailable(`no answer of the server within ${afterMs} ms`, knownRetry('unknown', progress), progress)
}

/** The error for a pool whose connections were all taken for too long. */
export function poolExhausted(progress: Progress, lane: string, size: number, afterMs: number): FilesystemError {
  const problem = `all ${size} connections of the ${lane} pool were taken for ${afterMs} ms; enlarge the pool or do less at once`
  return unavailable(problem, 'safe', progress)
}

// What only reads, or was not sent, cannot have landed.
function knownRetry(retry: Retry, { writes, sent }: Progress): Retry {
  return retry === 'unknown' && !(writes && sent) ? 'safe' : retry
}

function unavailable(problem: string, retry: Retry, { operation, path }: Progress, cause?: unknown): FilesystemError {
  return new FilesystemError('unavailable', `Cannot ${operation} ${JSON.stringify(path)}: ${problem}`, {
    retry,
    path,
    operation,
    ...(cause === undefined ? {} : { cause: new PostgresFailure(cause) }),
  })
}
