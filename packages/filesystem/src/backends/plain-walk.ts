import { readdir } from 'node:fs/promises'
import { FilesystemError } from '../errors.ts'
import { checkPath, comparePaths, isBelow } from '../path.ts'
import { fileError, isErrno } from '../files/file-errors.ts'
import { isTemporary } from '../files/temporary.ts'
import type { PlainRoot } from './plain-root.ts'

export interface Found {
  readonly path: string
  readonly directory: boolean
}

export interface WalkOptions {
  readonly depth: 'children' | 'descendants'
  readonly descending: boolean
  /** Only paths strictly behind this one, in the walk's direction. */
  readonly after: string | undefined
}

/** Files below `prefix` (and, at depth `children`, directories with a file below them) in the order of `list`. */
export async function* walk(root: PlainRoot, prefix: string, options: WalkOptions): AsyncGenerator<Found> {
  for (const found of await childrenOf(root, prefix, options)) {
    if (found.directory && options.depth === 'descendants') {
      if (mayHoldBehind(found.path, options)) yield* walk(root, found.path, options)
    } else if (isBehind(found.path, options) && (!found.directory || (await holdsFile(root, found.path)))) {
      yield found
    }
  }
}

async function childrenOf(root: PlainRoot, prefix: string, { depth, descending }: WalkOptions): Promise<Found[]> {
  let entries
  try {
    // Asked for a child, so that the prefix is no link either: what lies behind one is not below the root.
    await root.anchored('list', prefix === '/' ? '/child' : `${prefix}/child`)
    entries = await readdir(root.hostPath(prefix), { withFileTypes: true })
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return []
    throw fileError('list', prefix, error)
  }
  const found = entries
    .filter((entry) => (entry.isFile() || entry.isDirectory()) && !isTemporary(entry.name))
    .map((entry) => ({
      path: prefix === '/' ? `/${entry.name}` : `${prefix}/${entry.name}`,
      directory: entry.isDirectory(),
    }))
    .filter((entry) => isAddressable(entry.path))
  // What lies below a directory sorts as the directory's name with a slash behind it: "/a" < "/a-b" < "/a/b".
  const keyOf = (entry: Found) => (entry.directory && depth === 'descendants' ? `${entry.path}/` : entry.path)
  const direction = descending ? -1 : 1
  return found.sort((a, b) => direction * comparePaths(keyOf(a), keyOf(b)))
}

async function holdsFile(root: PlainRoot, directory: string): Promise<boolean> {
  const files = walk(root, directory, { depth: 'descendants', descending: false, after: undefined })
  for await (const _ of files) return true
  return false
}

function isBehind(path: string, { after, descending }: WalkOptions): boolean {
  if (after === undefined) return true
  const order = comparePaths(path, after)
  return descending ? order < 0 : order > 0
}

/** Whether something below this directory can be behind the cursor. */
function mayHoldBehind(directory: string, options: WalkOptions): boolean {
  const { after } = options
  return after === undefined || isBelow(after, directory) || isBehind(`${directory}/`, options)
}

// Other tools may have put names here that no store path can spell; those cannot be read either.
function isAddressable(path: string): boolean {
  try {
    checkPath(path, 'list')
    return true
  } catch (error) {
    if (error instanceof FilesystemError) return false
    throw error
  }
}
