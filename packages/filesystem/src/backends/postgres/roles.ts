import { quotedIdentifier, SCHEMA_DEFAULT } from './identifiers.ts'

/**
 * The script that gives a role all that a service needs and nothing else, to be run by the owner of the schema. The role reads
 * the tables and calls the functions, which run with the owner's rights and hold every precondition; it cannot change a row
 * past them, nor truncate, alter or create anything.
 *
 * @throws {FilesystemError} `invalid-argument` when a name is not a plain lowercase identifier.
 */
export function roleSql(options: { readonly role: string; readonly schema?: string | undefined }): string {
  const schema = quotedIdentifier('schema', options.schema ?? SCHEMA_DEFAULT)
  const role = quotedIdentifier('role', options.role)
  return [
    `REVOKE ALL ON SCHEMA ${schema} FROM PUBLIC;`,
    `REVOKE ALL ON ALL TABLES IN SCHEMA ${schema} FROM PUBLIC, ${role};`,
    `REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ${schema} FROM PUBLIC, ${role};`,
    `GRANT USAGE ON SCHEMA ${schema} TO ${role};`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${role};`,
    `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${schema} TO ${role};`,
    '',
  ].join('\n')
}
