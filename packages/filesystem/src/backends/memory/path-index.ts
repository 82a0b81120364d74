import sortedBTree from 'sorted-btree'
import { comparePaths, isBelow, parentOf, ROOT } from '../../path.ts'

// The package is CommonJS: its class is the `default` of what Node imports as the default.
const BTree = sortedBTree.default
type Tree<K, V> = InstanceType<typeof BTree<K, V>>

/** What is stored at a path or below it: entries and tombstones, and of these the live ones. */
interface Count {
  readonly stored: number
  readonly live: number
}

/**
 * The ordered paths of the memory backend. `all` is in the order of `list`; `children` keeps, per directory, its direct
 * children with the number of records at or below each, so that a page of children never walks a subtree.
 */
export class PathIndex {
  readonly #all = new BTree<string, true>([], comparePaths)
  readonly #children = new Map<string, Tree<string, Count>>()

  /** Records that something (an entry or a tombstone) is stored at a path from now on. */
  add(path: string): void {
    this.#all.set(path, true)
    this.#count(path, { stored: 1, live: 0 })
  }

  /** Forgets a path at which a tombstone was stored. */
  remove(path: string): void {
    this.#all.delete(path)
    this.#count(path, { stored: -1, live: 0 })
  }

  /** Tells that the record at a path came alive (+1) or died (−1). */
  countLive(path: string, live: 1 | -1): void {
    this.#count(path, { stored: 0, live })
  }

  /** Paths strictly below a prefix, from a cursor on, in the asked direction. */
  *descendants(prefix: string, after: string | undefined, descending: boolean): Generator<string> {
    const first = prefix === ROOT ? ROOT : `${prefix}/`
    if (descending) {
      // "0" is the byte behind "/", so it ends the range of what lies below the prefix.
      const last = prefix === ROOT ? undefined : `${prefix}0`
      const beyond = after !== undefined && last !== undefined && comparePaths(after, last) > 0
      const end = beyond ? last : (after ?? last)
      for (const [path] of this.#all.entriesReversed(end, undefined, true)) {
        if (!isBelow(path, prefix)) return
        yield path
      }
      return
    }
    for (const path of this.#all.keys(after !== undefined && comparePaths(after, first) > 0 ? after : first)) {
      if (path === after) continue
      if (!isBelow(path, prefix)) return
      yield path
    }
  }

  /** Direct children of a directory, from a cursor on. */
  *children(directory: string, after: string | undefined, descending: boolean): Generator<string> {
    const children = this.#children.get(directory)
    if (!children) return
    const pairs = descending ? children.entriesReversed(after, undefined, true) : children.entries(after)
    for (const [path] of pairs) if (path !== after) yield path
  }

  /** How many live records are at a path or below it. */
  liveAtOrBelow(path: string): number {
    return this.#children.get(parentOf(path))?.get(path)?.live ?? 0
  }

  #count(path: string, change: Count): void {
    for (let child = path; child !== ROOT; child = parentOf(child)) {
      const directory = parentOf(child)
      const siblings = this.#children.get(directory) ?? new BTree<string, Count>([], comparePaths)
      this.#children.set(directory, siblings)
      const before = siblings.get(child)
      const count = { stored: (before?.stored ?? 0) + change.stored, live: (before?.live ?? 0) + change.live }
      if (count.stored > 0) siblings.set(child, count)
      else siblings.delete(child)
      if (siblings.isEmpty) this.#children.delete(directory)
    }
  }
}
