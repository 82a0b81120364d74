import { FilesystemError } from '../../errors.ts'

/** The schema that holds the tables, unless an option names another. */
export const SCHEMA_DEFAULT = 'latchless'

const identifier = /^[a-z_][a-z0-9_]{0,40}$/

/**
 * A schema or role name as it stands in SQL. Only plain lowercase names are taken, so quoting has nothing to escape.
 *
 * @throws {FilesystemError} `invalid-argument` for any other name.
 */
export function quotedIdentifier(what: 'schema' | 'role', name: string): string {
  if (typeof name === 'string' && identifier.test(name)) return `"${name}"`
  throw new FilesystemError(
    'invalid-argument',
    `Cannot open postgres: the ${what} must be 1 to 41 lowercase letters, digits and underscores, a digit not first`,
    { operation: 'open' },
  )
}
