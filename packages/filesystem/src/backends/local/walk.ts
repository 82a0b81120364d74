import { checkSignal } from '../../entry.ts'
import { FilesystemError } from '../../errors.ts'
import type { ListItem, ListOptions } from '../../filesystem.ts'
import { listHead } from '../../head.ts'
import { comparePaths } from '../../path.ts'
import { errnoOf } from './disk.ts'
import { corrupt, diskFailure } from './disk-failure.ts'
import { decodeSegment, directoryOf } from './layout.ts'
import { readBase } from './read-record.ts'
import type { LocalStore } from './store.ts'

/**
 * What lies below a prefix, in the order of the whole paths' UTF-8 bytes, continuing strictly behind `options.after`. Walks
 * directories as it is consumed, so a page costs what it shows and one directory per level.
 */
export async function* walk(store: LocalStore, prefix: string, options: ListOptions): AsyncGenerator<ListItem> {
  if (!(await isThere(store, 'list', prefix))) return
  const base = prefix === '/' ? '' : prefix
  if (options.depth === 'children') {
    yield* children(store, base, options)
    return
  }
  for await (const path of descendants(store, base, options)) {
    const head = await readItem(store, path, options)
    if (head) yield { path, head, directory: false }
  }
}

/** Paths below a prefix at which there is a directory, in the order of `list`; a record may or may not be there. */
export async function* walkPaths(store: LocalStore, operation: string, prefix: string): AsyncGenerator<string> {
  if (await isThere(store, operation, prefix)) yield* descendants(store, prefix === '/' ? '' : prefix, {})
}

/** Like {@link walkPaths}, for the direct children only. */
export async function childrenOf(store: LocalStore, operation: string, prefix: string): Promise<string[]> {
  return (await isThere(store, operation, prefix)) ? await childPaths(store, prefix === '/' ? '' : prefix) : []
}

async function isThere(store: LocalStore, operation: string, prefix: string): Promise<boolean> {
  const top = directoryOf(prefix)
  const found = await store.disk.inspect(top)
  if (found === 'foreign') throw corrupt(operation, prefix, `${top} is not a directory that the store made`)
  return found === 'plain'
}

async function* descendants(store: LocalStore, base: string, options: ListOptions): AsyncGenerator<string> {
  // `/a` itself and everything below `/a/` are two places of the order, with `/a-b` between them.
  const places = (await childPaths(store, base)).flatMap((path) => [path, `${path}/`])
  for (const place of sorted(places, options)) {
    if (!isAhead(place, options)) continue
    if (place.endsWith('/')) yield* descendants(store, place.slice(0, -1), options)
    else yield place
  }
}

async function* children(store: LocalStore, base: string, options: ListOptions): AsyncGenerator<ListItem> {
  for (const path of sorted(await childPaths(store, base), options)) {
    if (!isAhead(path, options)) continue
    const head = await readItem(store, path, options)
    const directory = await hasLiveBelow(store, path)
    if (head) yield { path, head, directory }
    else if (directory) yield { path, directory }
  }
}

async function hasLiveBelow(store: LocalStore, path: string): Promise<boolean> {
  try {
    for await (const below of descendants(store, path, {})) {
      if (await readItem(store, below, {})) return true
    }
    return false
  } catch (error) {
    // Something is there: who lists the directory is told what.
    if (error instanceof FilesystemError && error.code === 'corrupt') return true
    throw error
  }
}

/** @throws {FilesystemError} whose path is the record's own, so that a caller can go on behind it. */
async function readItem(store: LocalStore, path: string, options: ListOptions): Promise<ListItem['head']> {
  checkSignal('list', path, options.signal)
  try {
    const place = await store.locate('list', path)
    if (!place) return undefined
    const { stored } = await readBase(store, 'list', place, options.bodies ? 'all' : 'header')
    if (!stored || (stored.head.state === 'deleted' && options.deleted !== true)) return undefined
    return listHead(stored.head, options.bodies ?? false)
  } catch (error) {
    throw diskFailure('list', path, error)
  }
}

async function childPaths(store: LocalStore, base: string): Promise<string[]> {
  try {
    const names = await store.disk.directories(directoryOf(base))
    return names.flatMap((name) => {
      const segment = decodeSegment(name)
      return segment === undefined ? [] : [`${base}/${segment}`]
    })
  } catch (error) {
    // A name that is not UTF-8 was not made by the store and cannot be opened by its decoded form.
    if (errnoOf(error) === 'ENOENT') return []
    throw error
  }
}

function sorted(places: string[], options: ListOptions): string[] {
  const ascending = places.sort(comparePaths)
  return options.order === 'descending' ? ascending.toReversed() : ascending
}

/** Whether a path, or something below a subtree (`/a/`), comes behind the cursor. */
function isAhead(place: string, options: ListOptions): boolean {
  const after = options.after?.path
  if (after === undefined) return true
  const order = comparePaths(place, after)
  if (options.order === 'descending') return order < 0
  return order > 0 || (place.endsWith('/') && after.startsWith(place))
}
