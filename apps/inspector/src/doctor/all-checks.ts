import { allKindViews } from '../kinds/registry.ts'
import type { Check } from './check.ts'
import { bodyChecks } from './checks/bodies.ts'
import { casChecks } from './checks/compare-and-swap.ts'
import { fileChecks } from './checks/files.ts'
import { foreignFiles } from './checks/foreign-files.ts'
import { indexChecks } from './checks/index-rows.ts'
import { kindChecks } from './checks/kinds.ts'
import { permissions } from './checks/permissions.ts'
import { postgresChecks } from './checks/postgres.ts'
import { shapeChecks } from './checks/shapes.ts'
import { sqliteChecks } from './checks/sqlite.ts'
import { storeChecks } from './checks/store.ts'
import { surroundingsChecks } from './checks/surroundings.ts'
import { timeChecks } from './checks/time.ts'
import { traceChecks } from './checks/traces.ts'
import { versionChecks } from './checks/versions.ts'

/** Every check there is, in the order in which they are told. Those over records end together, so they come last. */
export async function allChecks(): Promise<readonly Check[]> {
  return [
    ...storeChecks,
    permissions,
    ...casChecks,
    ...fileChecks,
    foreignFiles,
    ...sqliteChecks,
    ...postgresChecks,
    ...traceChecks,
    ...surroundingsChecks,
    ...versionChecks,
    ...shapeChecks,
    ...bodyChecks,
    ...indexChecks,
    ...timeChecks,
    ...kindChecks(await allKindViews()),
  ]
}

/** Those whose id fits a pattern in which `*` stands for anything. */
export function matchingChecks(checks: readonly Check[], pattern: string): readonly Check[] {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  const expression = new RegExp(`^${parts.join('.*')}$`)
  return checks.filter(({ id }) => expression.test(id))
}
