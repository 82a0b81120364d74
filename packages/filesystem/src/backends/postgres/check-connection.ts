import type pg from 'pg'
import { FilesystemError } from '../../errors.ts'
import { resolvedConnection } from './resolved-connection.ts'

/**
 * Looks at what the driver will do, after it has put URL, options and environment together and before it connects: a URL wins
 * over the options, so it could lift the timeouts that are nested, or the check of the server's certificate.
 *
 * @throws {FilesystemError} `invalid-argument`; the URL is not shown, because it may hold a password.
 */
export function checkConnection(config: pg.ClientConfig): void {
  const { host = 'localhost', ssl, options = '', statement_timeout: timeout } = resolvedConnection(config)
  if ((timeout || undefined) !== config.statement_timeout) {
    throw refused('the URL sets statement_timeout, which would lift the nested timeouts; use statementTimeoutMs')
  }
  if (/timeout/i.test(options)) {
    throw refused('the startup options set a timeout, which would lift the nested ones; use statementTimeoutMs')
  }
  if (isUnverified(ssl) && !isLoopback(host)) {
    throw refused("the server's certificate would not be verified; use sslmode=verify-full with sslrootcert, or ssl.ca")
  }
}

function isUnverified(ssl: unknown): boolean {
  return typeof ssl === 'object' && ssl !== null && 'rejectUnauthorized' in ssl && ssl.rejectUnauthorized === false
}

/** A host of this machine, or the directory of a socket. */
function isLoopback(host: string): boolean {
  return host.startsWith('/') || /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(host)
}

function refused(problem: string): FilesystemError {
  return new FilesystemError('invalid-argument', `Cannot open postgres: ${problem}`, { operation: 'open' })
}
