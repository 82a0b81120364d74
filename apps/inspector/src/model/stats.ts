import { type ListItem, sequenceOf } from '@latchless/filesystem'
import type { StatsRow, TotalRow } from '../output/rows.ts'

type Counts = Omit<TotalRow, 'type' | 'v'>

/**
 * Counts the records below a prefix by the directory directly below it. Items come in path order, in which everything below a
 * directory is contiguous, so one directory is open at a time and memory does not grow with the store.
 */
export class StatsCollector {
  readonly #prefix: string
  readonly #total: Counts
  readonly #direct: Counts
  #open: Counts | undefined

  constructor(prefix: string) {
    this.#prefix = prefix
    this.#total = emptyCounts(prefix)
    this.#direct = emptyCounts(prefix)
  }

  /** Takes the next item; returns the row of the directory that it closes, if any. */
  add(item: ListItem): StatsRow | undefined {
    const directory = this.#directoryOf(item.path)
    count(this.#total, item)
    if (directory === undefined) {
      count(this.#direct, item)
      return undefined
    }
    const closed = this.#open?.prefix === directory ? undefined : this.#close()
    this.#open ??= emptyCounts(directory)
    count(this.#open, item)
    return closed
  }

  /** The rows still open, and the total, last. Records that lie directly below the prefix are counted under it. */
  end(): (StatsRow | TotalRow)[] {
    const rows: (StatsRow | TotalRow)[] = []
    const closed = this.#close()
    if (closed) rows.push(closed)
    if (this.#direct.records + this.#direct.tombstones > 0) rows.push({ type: 'stats', v: 1, ...this.#direct })
    rows.push({ type: 'total', v: 1, ...this.#total })
    return rows
  }

  #close(): StatsRow | undefined {
    const open = this.#open
    this.#open = undefined
    return open && { type: 'stats', v: 1, ...open }
  }

  #directoryOf(path: string): string | undefined {
    const start = this.#prefix === '/' ? 1 : this.#prefix.length + 1
    const slash = path.indexOf('/', start)
    return slash === -1 ? undefined : path.slice(0, slash)
  }
}

function emptyCounts(prefix: string): Counts {
  return { prefix, records: 0, tombstones: 0, bytes: 0, versions: 0, deepest: null }
}

function count(counts: Counts, { path, head }: ListItem): void {
  if (!head) return
  if (head.state === 'deleted') counts.tombstones++
  else {
    counts.records++
    counts.bytes += head.info.size
  }
  const version = sequenceOf(head.info.version)
  counts.versions += version
  if (version > (counts.deepest?.version ?? 0)) counts.deepest = { path, version }
}
