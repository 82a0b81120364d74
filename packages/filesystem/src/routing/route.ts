import type { Capabilities, Filesystem } from '../filesystem.ts'
import { DEFAULT_LIMITS } from '../filesystem.ts'
import { ROOT } from '../path.ts'

/** What a grant of a view permits. None of them implies another. */
export type Permission = 'read' | 'list' | 'write' | 'delete'

/** Paths below `at` are those below `target` of a filesystem. */
export interface Route {
  readonly at: string
  readonly filesystem: Filesystem
  readonly target: string
  /** Undefined permits everything. */
  readonly permissions?: ReadonlySet<Permission> | undefined
}

/** The first permission that a route lacks. */
export function lackedBy(route: Route, needs: readonly Permission[]): Permission | undefined {
  return needs.find((need) => route.permissions?.has(need) === false)
}

/** The path of the filesystem for a path at or below the route. */
export function inward(route: Route, path: string): string {
  return rebase(path, route.at, route.target)
}

/** The path below the route for a path at or below its target. */
export function outward(route: Route, path: string): string {
  return rebase(path, route.target, route.at)
}

/** What the filesystem declares for a path, with its limit of path bytes as it is for paths below the route. */
export function capabilitiesAt(route: Route, path: string): Capabilities {
  const capabilities = route.filesystem.capabilities(inward(route, path))
  const longer = bytesOf(route.at) - bytesOf(route.target)
  if (longer === 0) return capabilities
  const { limits } = capabilities
  return { ...capabilities, limits: { ...limits, pathBytesMax: Math.max(1, limits.pathBytesMax + longer) } }
}

/** What is declared for a path that nothing is behind. */
export const NO_CAPABILITIES: Capabilities = {
  backend: 'none',
  cas: 'none',
  fusedConflict: false,
  blindWrites: false,
  crossProcess: false,
  durability: 'memory',
  history: false,
  query: 'none',
  log: false,
  transact: false,
  watch: false,
  maintain: false,
  limits: DEFAULT_LIMITS,
}

function rebase(path: string, from: string, to: string): string {
  const rest = path === from ? '' : path.slice(from === ROOT ? 0 : from.length)
  return to === ROOT ? rest || ROOT : to + rest
}

// The root adds nothing to the paths below it.
function bytesOf(prefix: string): number {
  return prefix === ROOT ? 0 : Buffer.byteLength(prefix)
}
