import pg from 'pg'
import { FilesystemError } from '../../errors.ts'

/** What the driver makes of a configuration, its URL and the environment. Its types lack this. */
export interface ResolvedConnection {
  readonly host: string | undefined
  readonly ssl: unknown
  readonly options: string | undefined
  readonly statement_timeout: unknown
}

/** @throws {FilesystemError} `invalid-argument`; the URL is not shown, because it may hold a password. */
export function resolvedConnection(config: pg.ClientConfig): ResolvedConnection {
  try {
    return (new pg.Client(config) as unknown as { connectionParameters: ResolvedConnection }).connectionParameters
  } catch {
    // The driver's error may quote the URL.
    throw new FilesystemError(
      'invalid-argument',
      'Cannot open postgres: the URL or connection cannot be read; check its characters, its port and the files that it names',
      { operation: 'open' },
    )
  }
}
