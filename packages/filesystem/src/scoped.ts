import { FilesystemError } from './errors.ts'
import type { Filesystem } from './filesystem.ts'
import { operationPhrase } from './operation-phrase.ts'
import { checkPrefix } from './path.ts'
import { invalid } from './refusals.ts'
import { Discretion } from './routing/discretion.ts'
import type { Permission } from './routing/route.ts'
import { RouteTable } from './routing/route-table.ts'
import { RoutedFilesystem } from './routing/routed.ts'

export type { Permission } from './routing/route.ts'

/** Lets the holder of a view reach what lies below `target`, under the name `alias`. */
export interface Grant {
  readonly alias: string
  readonly target: string
  /**
   * - `read`: get, history, getVersion, read of a log; with `list` also query, watch and the bodies of a listing
   * - `list`: list
   * - `write`: put, append; with `delete` also trim
   * - `delete`: delete
   *
   * A step of a transaction needs what its operation needs, a check `read`.
   */
  readonly permissions: readonly Permission[]
}

const PERMISSIONS: readonly Permission[] = ['read', 'list', 'write', 'delete']

/**
 * A view of a filesystem for somebody who may reach only parts of it. Everything is `denied` unless a grant permits it. The
 * longest alias decides, at a segment boundary; nothing can be stored at an alias itself. Paths, cursors and errors that come
 * back, causes included, name paths of the view only. A write that loses where `read` is not granted is a `conflict` without
 * the winner.
 *
 * What a grant hides of another one's target is not told: neither in pages and cursors nor in errors, and a damaged record
 * there costs a listing or a watch nothing. A `query` of a collection in which one lies fails without naming it.
 *
 * The cursor of a watch is the store's. It names no path, but where the store numbers its changes as a whole, as sqlite and
 * postgres do, two cursors of a view tell how much was written between them by everybody. Give holders who must not know that
 * no `watch`: grant them no `read` or no `list`.
 *
 * The view does not own the filesystem: `close` ends the view, and `maintain` is not for its holder to call.
 *
 * ```ts
 * const view = scoped(store, [{ alias: '/notes', target: '/tenants/t1/notes', permissions: ['read', 'list'] }])
 * await view.get('/notes/today')
 * ```
 *
 * @throws {FilesystemError} `invalid-argument` for a malformed or repeated alias, target or permission.
 */
export function scoped(filesystem: Filesystem, grants: readonly Grant[]): Filesystem {
  for (const { alias, target, permissions } of grants) {
    checkPrefix(alias, 'grant')
    checkPrefix(target, 'grant')
    if (grants.filter((grant) => grant.alias === alias).length > 1) throw invalid('grant', alias, 'it is granted twice')
    const unknown = permissions.find((permission) => !PERMISSIONS.includes(permission))
    if (unknown !== undefined) throw invalid('grant', alias, `expected ${PERMISSIONS.join(', ')}, found "${unknown}"`)
  }
  const routes = grants.map(({ alias, target, permissions }) => ({
    at: alias,
    filesystem,
    target,
    permissions: new Set(permissions),
  }))
  return new RoutedFilesystem({
    table: new RouteTable(routes),
    discretion: new Discretion(grants.map(({ target }) => target)),
    refuse: denied,
    mayShareTransaction: () => true,
    maintain: undefined,
    close: async () => {},
  })
}

function denied(operation: string, path: string, lacked: Permission | undefined): FilesystemError {
  const problem = lacked === undefined ? 'nothing is granted there' : `"${lacked}" is not granted`
  const message = `Cannot ${operationPhrase(operation)} ${JSON.stringify(path)}: ${problem}`
  return new FilesystemError('denied', message, { operation, path })
}
