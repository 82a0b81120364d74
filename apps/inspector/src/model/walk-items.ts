import { comparePaths, type Filesystem, isBelow, type ListItem } from '@latchless/filesystem'
import { InspectorError } from '../inspector-error.ts'
import { isCorrupt, listHeadOf, pageSize, type ReportDamage } from './walk-page.ts'

export interface WalkOptions {
  readonly depth: 'children' | 'descendants'
  readonly deleted: boolean
  /** Read the bodies too, which finds damage in them. */
  readonly bodies?: boolean | undefined
  readonly after?: string | undefined
  /** Stop after this many items. */
  readonly limit?: number | undefined
  /** Default `ascending`. */
  readonly order?: Order | undefined
  /** Items to ask for at once; what suits a command line when absent. */
  readonly pageItems?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export type Order = 'ascending' | 'descending'

export function oppositeOf(order: Order): Order {
  return order === 'ascending' ? 'descending' : 'ascending'
}

/** The items below a prefix in path order, either way, a page in memory at a time. */
export async function* walkItems(
  fs: Filesystem,
  prefix: string,
  options: WalkOptions,
  damaged: ReportDamage,
): AsyncGenerator<ListItem> {
  const { depth, deleted, bodies, signal, order = 'ascending' } = options
  const pageMax = pageSize(fs, prefix, options.pageItems)
  let after = options.after
  let left = options.limit ?? Number.POSITIVE_INFINITY
  let limit = pageMax
  while (left > 0) {
    const cursor = after === undefined ? undefined : { path: after }
    let page
    try {
      const asked = Math.min(limit, left)
      page = await fs.list(prefix, { depth, deleted, bodies, order, after: cursor, limit: asked, signal })
    } catch (error) {
      if (!isCorrupt(error)) throw error
      // One bad record fails its page; smaller pages corner it.
      const asked = Math.min(limit, left)
      limit = Math.ceil(asked / 2)
      if (asked > 1) continue
      const place = placeOf(error.path, prefix, depth)
      if (place === undefined || !isBehind(place, after, order)) throw error
      for (const item of await aroundDamage(fs, prefix, options, after, place, error.path !== place, damaged)) {
        if (left-- > 0) yield item
      }
      await damaged(error)
      after = place
      limit = pageMax
      continue
    }
    yield* page.items
    left -= page.items.length
    if (!page.next) return
    after = page.next.path
    limit = Math.min(pageMax, limit * 2)
  }
}

function isBehind(path: string, after: string | undefined, order: Order): boolean {
  if (after === undefined) return true
  return order === 'ascending' ? comparePaths(path, after) > 0 : comparePaths(path, after) < 0
}

/** Where a listing stumbled: the damaged path, or the child of the prefix that it is below. */
function placeOf(path: string | undefined, prefix: string, depth: WalkOptions['depth']): string | undefined {
  if (path === undefined || !isBelow(path, prefix)) return undefined
  if (depth === 'descendants') return path
  const slash = path.indexOf('/', prefix === '/' ? 1 : prefix.length + 1)
  return slash === -1 ? path : path.slice(0, slash)
}

/**
 * Items that the failed page held beside the damaged one: a backend that looks one item ahead fails the page of a sound
 * record before it, and one found damaged below a directory hides the directory.
 */
async function aroundDamage(
  fs: Filesystem,
  prefix: string,
  options: WalkOptions,
  after: string | undefined,
  place: string,
  below: boolean,
  damaged: ReportDamage,
): Promise<ListItem[]> {
  const { depth, deleted, bodies, signal, order = 'ascending' } = options
  const found: ListItem[] = []
  try {
    const back = oppositeOf(order)
    const before = { order: back, after: { path: place }, limit: 1 } as const
    const page = await fs.list(prefix, { depth, deleted, bodies, ...before, signal })
    const [item] = page.items
    if (item && isBehind(item.path, after, order)) found.push(item)
  } catch (error) {
    if (!isCorrupt(error)) throw error
    const message = `Cannot list everything before ${JSON.stringify(place)}: it is between two damaged records`
    await damaged(
      new InspectorError('partial', message, 'a sound record there can still be read by its path', { path: place }),
    )
  }
  if (!below) return found
  const head = await fs.get(place)
  const shown = head.state === 'live' || (head.state === 'deleted' && deleted)
  found.push({ path: place, directory: true, ...(shown ? { head: listHeadOf(head) } : {}) })
  return found
}
