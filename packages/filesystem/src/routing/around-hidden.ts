import type { Change, ListOptions, ListPage, PathCursor, WatchOptions } from '../filesystem.ts'
import { comparePaths } from '../path.ts'
import type { Version } from '../version.ts'
import { generationOf, sequenceOf } from '../version.ts'
import type { Gate } from './gate.ts'
import { isDamage } from './merged-list.ts'
import { UNRESUMABLE } from './merged-watch.ts'
import type { Route } from './route.ts'
import { leave } from './translated-watch.ts'

/** A page of a filesystem. A damaged record that another route hides costs it nothing: it goes on behind it. */
export async function pageAroundHidden(
  gate: Gate,
  route: Route,
  inner: string,
  options: ListOptions,
): Promise<ListPage> {
  const sign = options.order === 'descending' ? -1 : 1
  let { after } = options
  for (;;) {
    try {
      return await route.filesystem.list(inner, { ...options, after })
    } catch (error) {
      const isHidden = isDamage(error) && gate.hides(route, error.path)
      if (!isHidden || (after && sign * comparePaths(error.path, after.path) <= 0)) throw error
      after = { path: error.path }
    }
  }
}

/**
 * How often a watch is begun anew without that it tells a change. The local backend meets a record again that was damaged
 * just now, until its clock has moved on; a store that always fails must not be listed for ever.
 */
const STARTS_IN_VAIN_MAX = 100

/**
 * The changes of a filesystem, also where a damaged record that another route hides ends its watch. Then it is watched anew
 * from that moment on, and a gap and the heads that are not hidden come in between.
 */
export class WatchAroundHidden implements AsyncIterator<Change, unknown> {
  readonly #gate: Gate
  readonly #route: Route
  readonly #prefix: string
  readonly #options: WatchOptions
  #changes: AsyncIterator<Change, unknown>
  /** Asked for before the heads were listed, so that nothing is missed in between. */
  #ahead: Promise<IteratorResult<Change, unknown>> | undefined
  #heads: AsyncIterator<Change, undefined> | undefined
  #startsInVain = 0
  /** Versions that were told as heads. What the watch tells late about such a path must not be older. */
  readonly #told = new Map<string, Version>()

  /** `prefix` and all paths are those of the route's filesystem. */
  constructor(gate: Gate, route: Route, prefix: string, options: WatchOptions) {
    this.#gate = gate
    this.#route = route
    this.#prefix = prefix
    this.#options = options
    this.#changes = route.filesystem.watch(prefix, options)[Symbol.asyncIterator]()
  }

  async next(): Promise<IteratorResult<Change, unknown>> {
    if (this.#heads) {
      const head = await this.#heads.next()
      if (!head.done) return head
      this.#heads = undefined
    }
    for (;;) {
      try {
        // Asked in the turn of the call where there is nothing to wait for, because a watch begins when it is first asked.
        const result = await (this.#ahead ?? this.#changes.next())
        this.#ahead = undefined
        const change = result.done ? undefined : await this.#inOrder(result.value)
        if (change) this.#startsInVain = 0
        if (result.done || change) return change ? { done: false, value: change } : { done: true, value: undefined }
      } catch (error) {
        const isHidden = isDamage(error) && this.#gate.hides(this.#route, error.path)
        if (!isHidden || ++this.#startsInVain > STARTS_IN_VAIN_MAX) throw error
        this.#startAnew()
        return { done: false, value: { type: 'gap', cursor: UNRESUMABLE } }
      }
    }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    await this.#changes.return?.()
    return { done: true, value: undefined }
  }

  #startAnew(): void {
    leave(this.#changes)
    const anew = this.#route.filesystem.watch(this.#prefix, { ...this.#options, after: undefined })
    this.#changes = anew[Symbol.asyncIterator]()
    this.#ahead = this.#changes.next()
    // It is looked at behind the heads.
    this.#ahead.catch(() => {})
    this.#told.clear()
    this.#heads = this.#listHeads()
  }

  async *#listHeads(): AsyncGenerator<Change, undefined> {
    const { signal } = this.#options
    let after: PathCursor | undefined
    do {
      const page = await pageAroundHidden(this.#gate, this.#route, this.#prefix, { deleted: true, after, signal })
      for (const { path, head } of page.items) {
        if (!head || this.#gate.hides(this.#route, path)) continue
        const { version } = head.info
        this.#told.set(path, version)
        yield { type: head.state === 'live' ? 'put' : 'delete', path, version, cursor: UNRESUMABLE }
      }
      after = page.next
    } while (after)
    return undefined
  }

  async #inOrder(change: Change): Promise<Change | undefined> {
    if (change.type === 'gap') this.#told.clear()
    const told = change.type === 'gap' ? undefined : this.#told.get(change.path)
    if (change.type === 'gap' || change.type === 'compacted' || told === undefined) return change
    if (generationOf(change.version) === generationOf(told)) {
      if (sequenceOf(change.version) <= sequenceOf(told)) return undefined
      this.#told.delete(change.path)
      return change
    }
    // Which generation is the later one only the record knows.
    const head = await this.#route.filesystem.get(change.path, { signal: this.#options.signal })
    if (head.state === 'unwritten') return { type: 'compacted', path: change.path, cursor: change.cursor }
    this.#told.set(change.path, head.version)
    return { ...change, type: head.state === 'live' ? 'put' : 'delete', version: head.version }
  }
}
