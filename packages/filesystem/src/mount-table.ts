import type { Filesystem, MaintainOptions, MaintainResult } from './filesystem.ts'
import type { MountRequirements } from './mount-requirements.ts'
import { MountRefused, missingFrom } from './mount-requirements.ts'
import { checkPrefix, ROOT } from './path.ts'
import { invalid, unsupported } from './refusals.ts'
import type { Route } from './routing/route.ts'
import { RouteTable } from './routing/route-table.ts'
import { RoutedFilesystem } from './routing/routed.ts'

export interface Mount {
  /** Where the filesystem appears; `/` for everything that no other mount takes. */
  readonly at: string
  readonly filesystem: Filesystem
  /** What the filesystem must offer; the table is refused otherwise. */
  readonly requires?: MountRequirements | undefined
}

/**
 * Several filesystems as one. The longest mount point that is a path or contains it, at a segment boundary, decides which
 * filesystem has the path; that filesystem sees the part below the mount point. What an outer mount has at or below an inner
 * mount point is hidden, and nothing can be stored at a mount point itself. Below no mount point everything is `unsupported`.
 *
 * Listings and watches go over all mounts below their prefix; a watch is `unsupported` at a prefix with a mount at or below it
 * that has none, and `capabilities(prefix)` says so. Where a prefix only leads to mounts, its capabilities are what all of
 * those have. Queries and transactions over one mount. `maintain` runs over
 * all mounts that have it, and `close` closes every filesystem.
 *
 * ```ts
 * const store = mountTable([
 *   { at: '/', filesystem: local },
 *   { at: '/turns', filesystem: postgres, requires: { cas: 'records', durability: 'disk' } },
 * ])
 * ```
 *
 * @throws {MountRefused} when a filesystem lacks what its mount requires; it lists what is missing.
 * @throws {FilesystemError} `invalid-argument` for a malformed or repeated mount point.
 */
export function mountTable(mounts: readonly Mount[]): Filesystem {
  for (const { at, filesystem, requires } of mounts) {
    checkPrefix(at, 'mount')
    if (mounts.filter((mount) => mount.at === at).length > 1) throw invalid('mount', at, 'something is mounted there')
    const capabilities = filesystem.capabilities(ROOT)
    const missing = missingFrom(capabilities, requires ?? {})
    if (missing.length > 0) throw new MountRefused(at, capabilities.backend, missing)
  }
  const filesystems = [...new Set(mounts.map((mount) => mount.filesystem))]
  return new RoutedFilesystem({
    table: new RouteTable(mounts.map(({ at, filesystem }): Route => ({ at, filesystem, target: ROOT }))),
    refuse: (operation, path) => unsupported('none', operation, path, 'nothing is mounted there'),
    mayShareTransaction: (a, b) => a === b,
    maintain: (options) => maintainAll(filesystems, options),
    close: () => closeAll(filesystems),
  })
}

async function maintainAll(filesystems: readonly Filesystem[], options: MaintainOptions): Promise<MaintainResult> {
  const able = filesystems.filter((filesystem) => filesystem.capabilities(ROOT).maintain)
  if (able.length === 0) throw unsupported('none', 'maintain', ROOT, 'no mounted store has it')
  let removed = 0
  let more = false
  for (const filesystem of able) {
    const left = options.limit === undefined ? undefined : options.limit - removed
    // Whether a store that was not asked has work is not known, so the caller is told to come back.
    if (left !== undefined && left <= 0 && removed > 0) return { removed, more: true }
    const result = await filesystem.maintain({ ...options, limit: left })
    removed += result.removed
    more ||= result.more
  }
  return { removed, more }
}

/** Closes all of them, also behind one that fails. */
async function closeAll(filesystems: readonly Filesystem[]): Promise<void> {
  const results = await Promise.allSettled(filesystems.map((filesystem) => filesystem.close()))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}
