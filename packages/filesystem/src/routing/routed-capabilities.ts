import type { Capabilities, Limits } from '../filesystem.ts'
import { rank } from '../mount-requirements.ts'
import { ROOT } from '../path.ts'
import { capabilitiesAt, lackedBy, NO_CAPABILITIES } from './route.ts'
import type { RouteTable } from './route-table.ts'

/**
 * What holds at a path: what its route has there or, where only routes below it are, what all of them have. A watch spans the
 * routes below the path, so each that the caller may watch has to have it. Housekeeping is of the whole, so at the root one
 * that has it is enough.
 */
export function routedCapabilities(table: RouteTable, path: string, maintains: boolean): Capabilities {
  if (typeof path !== 'string') return NO_CAPABILITIES
  const base = table.find(path)
  const below = table.below(path)
  const declared = below.map((route) => ({ route, capabilities: capabilitiesAt(route, route.at) }))
  const own = base ? capabilitiesAt(base, path) : weakest(declared.map(({ capabilities }) => capabilities))
  const watched = [...(base ? [{ route: base, capabilities: own }] : []), ...declared].filter(
    ({ route }) => lackedBy(route, ['read', 'list']) === undefined,
  )
  const watch = watched.length === 0 ? own.watch : watched.every(({ capabilities }) => capabilities.watch)
  const anyMaintains = () => table.routes.some((route) => route.filesystem.capabilities(ROOT).maintain)
  return { ...own, watch, maintain: maintains && (path === ROOT ? anyMaintains() : own.maintain) }
}

/** What several stores have in common; nothing when there is none. */
function weakest([first, ...others]: readonly Capabilities[]): Capabilities {
  if (!first) return NO_CAPABILITIES
  const flags: Record<string, unknown> = { ...first }
  for (const other of others) {
    for (const [name, value] of Object.entries(other)) {
      if (name === 'limits') flags[name] = lowest(flags[name] as Limits, other.limits)
      else if (name === 'backend') flags[name] = flags[name] === value ? value : 'several'
      else if (rank(value as string) < rank(flags[name] as string)) flags[name] = value
    }
  }
  return flags as unknown as Capabilities
}

function lowest(a: Limits, b: Limits): Limits {
  const names = Object.keys(a) as (keyof Limits)[]
  return Object.fromEntries(names.map((name) => [name, Math.min(a[name], b[name])])) as unknown as Limits
}
