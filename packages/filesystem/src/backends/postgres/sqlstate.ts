import type { Retry } from '../../errors.ts'

/** What a server's refusal means for the caller. */
export interface Meaning {
  readonly retry: Retry
  /** Completes "Cannot put "/a": …". */
  readonly says: string
}

/**
 * SQLSTATE → meaning, by the whole code first and then by its class (the first two characters). An answer of the server means
 * that the transaction was rolled back, so nothing landed. The exceptions, where the connection ends while the statement is
 * in flight or a proxy answers in place of the server, are `unknown`.
 */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  // Busy: nothing landed, later it may.
  '25006': { retry: 'safe', says: 'the server takes no writes now, it may be a standby' },
  '40': { retry: 'safe', says: 'the server rolled the transaction back' },
  '40P01': { retry: 'safe', says: 'the server broke a deadlock' },
  '53': { retry: 'safe', says: 'the server is out of a resource' },
  '53300': { retry: 'safe', says: 'the server has no connection left; see the sizing of pools' },
  '55': { retry: 'safe', says: 'the server holds something it needs' },
  '55P03': { retry: 'safe', says: 'a lock was not to be had in time' },
  '57014': { retry: 'safe', says: 'the server cancelled the statement, by its statement timeout or an operator' },
  '57P03': { retry: 'safe', says: 'the server takes no connections now' },
  '58': { retry: 'safe', says: 'the server failed in its operating system' },

  // Ambiguous: the statement may have been committed.
  '08': { retry: 'unknown', says: 'the connection failed' },
  // pgbouncer tells its own failures like this, a lost server as well as a full queue.
  '08P01': { retry: 'unknown', says: 'the server or a proxy does not follow the protocol, or a proxy lost the server' },
  '40003': { retry: 'unknown', says: 'the server does not know whether the statement completed' },
  '57P01': { retry: 'unknown', says: 'the server ended the connection' },
  '57P02': { retry: 'unknown', says: 'the server crashed' },
  '57P05': { retry: 'unknown', says: 'the server ended an idle session' },

  // Wrong for good.
  '22': { retry: 'never', says: 'the server refused a value' },
  '23': { retry: 'never', says: 'a constraint of the tables was violated' },
  '28': { retry: 'never', says: 'the server refused the login' },
  '3D': { retry: 'never', says: 'the database does not exist' },
  '3F': { retry: 'never', says: 'the schema does not exist; run the migrations' },
  '42': { retry: 'never', says: 'the tables do not fit this program' },
  '42501': { retry: 'never', says: 'the role lacks a right; run the role script' },
  '42883': { retry: 'never', says: 'a function of the schema is missing; run the migrations, or upgrade the program' },
  '42P01': { retry: 'never', says: 'a table of the schema is missing; run the migrations' },
  '54': { retry: 'never', says: 'a limit of the server was exceeded' },
  XX: { retry: 'never', says: 'the server failed internally' },
  XX001: { retry: 'never', says: 'the server found its data corrupted' },
  XX002: { retry: 'never', says: 'the server found an index corrupted' },
}

/** The meaning of a SQLSTATE. One that is not in the table is refused for good: the answer itself shows a rollback. */
export function meaningOf(sqlstate: string): Meaning {
  return MEANINGS[sqlstate] ?? MEANINGS[sqlstate.slice(0, 2)] ?? { retry: 'never', says: 'the server refused it' }
}

/**
 * The server did not run a prepared statement because it does not know the name, knows another one of it, or the statement's
 * result has changed by a migration. A pooling proxy that gives each transaction any connection of the server leads to that.
 */
const UNPREPARED: ReadonlySet<string | undefined> = new Set(['26000', '42P05', '0A000'])

export function isUnprepared(error: unknown): boolean {
  return UNPREPARED.has(sqlstateOf(error))
}

/** Classes of what the server, its tables or the role are at fault for: every other write would be refused as well. */
const OF_SERVER: ReadonlySet<string> = new Set(['08', '25', '28', '3D', '3F', '42', '53', '57'])

/**
 * Nothing landed, and what was written is at fault, or a lock, or a damaged row, or a trigger, which may raise whatever it
 * likes.
 */
export function isOfStatement(error: unknown): boolean {
  const sqlstate = sqlstateOf(error)
  return sqlstate !== undefined && !OF_SERVER.has(sqlstate.slice(0, 2)) && meaningOf(sqlstate).retry !== 'unknown'
}

const sqlstatePattern = /^[0-9A-Z]{5}$/

/** The SQLSTATE of an error of the driver; undefined when the server did not answer. */
export function sqlstateOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  // Error codes of Node such as EPIPE have five characters too, but only the server's have a severity.
  const answered = typeof error === 'object' && error !== null && 'severity' in error
  return answered && typeof code === 'string' && sqlstatePattern.test(code) ? code : undefined
}
