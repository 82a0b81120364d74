import { FilesystemError } from '../../errors.ts'
import type { PostgresOptions } from './options.ts'

type Reader = (text: string) => Partial<PostgresOptions> | undefined

const whole =
  (make: (value: number) => Partial<PostgresOptions>): Reader =>
  (text) =>
    /^\d{1,9}$/.test(text) ? make(Number(text)) : undefined

const flag =
  (make: (value: boolean) => Partial<PostgresOptions>): Reader =>
  (text) =>
    text === 'true' || text === 'false' ? make(text === 'true') : undefined

/** The query parameters that are options of this backend. All others are those of `pg`. */
const readers: Readonly<Record<string, Reader>> = {
  schema: (schema) => ({ schema }),
  pool: whole((normal) => ({ pools: { normal } })),
  criticalPool: whole((critical) => ({ pools: { critical } })),
  checkoutTimeoutMs: whole((checkoutTimeoutMs) => ({ checkoutTimeoutMs })),
  statementTimeoutMs: whole((statementTimeoutMs) => ({ statementTimeoutMs })),
  deadlineMs: whole((deadlineMs) => ({ deadlineMs })),
  serverTimeouts: flag((serverTimeouts) => ({ serverTimeouts })),
  prepare: flag((prepare) => ({ prepare })),
  poke: flag((poke) => ({ poke })),
  watchPollMs: whole((watchPollMs) => ({ watchPollMs })),
  tombstoneMs: whole((tombstoneMs) => ({ tombstoneMs })),
  changesMs: whole((changesMs) => ({ changesMs })),
  migrate: flag((migrate) => ({ migrate })),
}

/**
 * The options in a URL `postgres://…?schema=s&pool=20`. What is left of the URL goes to `pg`.
 *
 * @throws {FilesystemError} `invalid-argument` for what is no URL and for a value that does not fit; the URL is not shown,
 * because it may hold a password.
 */
export function optionsFromUrl(text: string): PostgresOptions {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url) throw refused('it is no URL; characters such as @ and / in a password must be percent-encoded')
  let options: PostgresOptions = {}
  for (const [name, reader] of Object.entries(readers)) {
    const value = url.searchParams.get(name)
    if (value === null) continue
    const read = reader(value)
    if (!read) throw refused(`the value of its parameter ${name} does not fit`)
    options = { ...options, ...read, pools: { ...options.pools, ...read.pools } }
    url.searchParams.delete(name)
  }
  return { ...options, url: url.href }
}

function refused(problem: string): FilesystemError {
  return new FilesystemError('invalid-argument', `Cannot open store "postgres:…": ${problem}`, { operation: 'open' })
}
