import { logFunctionsSql } from './log-sql.ts'
import { maintainSql } from './maintain-sql.ts'
import { putSql } from './put-sql.ts'
import { tablesSql } from './tables.ts'
import { transactSql } from './transact-sql.ts'

/** One step of the schema. Once released it never changes; what changes later is a step of its own. */
export interface Migration {
  readonly version: number
  readonly sql: (schema: string) => string
}

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: (s) => [tablesSql(s), putSql(s), transactSql(s), logFunctionsSql(s), maintainSql(s), grantsSql(s)].join('\n'),
  },
]

/** The version that this code reads and writes. */
export const SCHEMA_VERSION: number = Math.max(...MIGRATIONS.map(({ version }) => version))

/** Functions are executable by everybody unless that is taken back, and these run with the rights of their owner. */
function grantsSql(s: string): string {
  return `
REVOKE ALL ON ALL TABLES IN SCHEMA ${s} FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ${s} FROM PUBLIC;
`
}
