import sortedBTree from 'sorted-btree'
import type { Entry, Tuple } from '../../filesystem.ts'
import type { IndexRange } from '../../index-range.ts'
import { comparePaths, parentOf } from '../../path.ts'
import { encodeTuple } from '../../tuple.ts'

// The package is CommonJS: its class is the `default` of what Node imports as the default.
const BTree = sortedBTree.default

interface IndexKey {
  readonly tuple: Uint8Array
  /** Empty in a bound: it lies before every path. */
  readonly path: string
}

export interface IndexRow {
  readonly path: string
  readonly tuple: Tuple
}

/** The declared indexes of the memory backend: per collection and index, rows in the order of tuple and path. */
export class TupleIndex {
  readonly #trees = new Map<string, InstanceType<typeof BTree<IndexKey, Tuple>>>()

  /** Replaces the rows of a record. */
  replace(path: string, before: Entry | undefined, after: Entry | undefined): void {
    for (const [name, tuple] of Object.entries(before?.tuples ?? {})) {
      const tree = this.#trees.get(nameOf(parentOf(path), name))
      tree?.delete({ tuple: encodeTuple(tuple), path })
      if (tree?.isEmpty) this.#trees.delete(nameOf(parentOf(path), name))
    }
    for (const [name, tuple] of Object.entries(after?.tuples ?? {})) {
      const key = nameOf(parentOf(path), name)
      const tree = this.#trees.get(key) ?? new BTree<IndexKey, Tuple>([], compareKeys)
      this.#trees.set(key, tree)
      tree.set({ tuple: encodeTuple(tuple), path }, tuple)
    }
  }

  /** The rows of a range, from its cursor on. */
  *rows(collection: string, index: string, range: IndexRange): Generator<IndexRow> {
    const tree = this.#trees.get(nameOf(collection, index))
    if (!tree) return
    const { after, descending } = range
    const from = range.from && { tuple: range.from, path: '' }
    const to = range.to && { tuple: range.to, path: '' }
    if (descending) {
      const start = after && to ? (compareKeys(after, to) < 0 ? after : to) : (after ?? to)
      for (const [key, tuple] of tree.entriesReversed(start, undefined, true)) {
        if (from && compareKeys(key, from) < 0) return
        yield { path: key.path, tuple }
      }
      return
    }
    const start = after && from ? (compareKeys(after, from) > 0 ? after : from) : (after ?? from)
    for (const [key, tuple] of tree.entries(start)) {
      if (to && compareKeys(key, to) >= 0) return
      if (after && compareKeys(key, after) <= 0) continue
      yield { path: key.path, tuple }
    }
  }
}

// No path and no index name holds a NUL.
function nameOf(collection: string, index: string): string {
  return `${collection}\u0000${index}`
}

function compareKeys(a: IndexKey, b: IndexKey): number {
  return Buffer.compare(a.tuple, b.tuple) || comparePaths(a.path, b.path)
}
