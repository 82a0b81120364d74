import type { ChangeLog, ChangePage } from '../../change-feed.ts'
import type { Change } from '../../filesystem.ts'
import { isBelow } from '../../path.ts'
import type { Version } from '../../version.ts'

type Logged =
  | { readonly type: 'put' | 'delete'; readonly path: string; readonly version: Version }
  | { readonly type: 'compacted'; readonly path: string }

const PAGE = 1000

/** The last changes of the memory backend. A cursor is `<epoch>.<changes before it>`. */
export class ChangeRing implements ChangeLog {
  readonly #capacity: number
  /** Random, so that a cursor of another store is not taken for one of this. */
  readonly #epoch: string
  #changes: Logged[] = []
  /** How many changes are no longer in `#changes`. */
  #dropped = 0
  #more = Promise.withResolvers<void>()

  constructor(capacity: number, epoch: string) {
    this.#capacity = capacity
    this.#epoch = epoch
  }

  add(change: Logged): void {
    this.#changes.push(change)
    // Dropped in bulk, so that adding costs the same however many are kept.
    if (this.#changes.length >= 2 * this.#capacity) {
      this.#dropped += this.#changes.length - this.#capacity
      this.#changes = this.#changes.slice(this.#changes.length - this.#capacity)
    }
    this.#more.resolve()
    this.#more = Promise.withResolvers()
  }

  async now(): Promise<string> {
    return this.#cursor(this.#end)
  }

  async after(cursor: string, prefix: string): Promise<ChangePage | undefined> {
    const position = this.#position(cursor)
    if (position === undefined || position > this.#end || position < this.#end - this.#capacity) return undefined
    const next = Math.min(this.#end, position + PAGE)
    const changes: Change[] = []
    for (let at = position; at < next; at++) {
      const change = this.#changes[at - this.#dropped]
      if (change && isBelow(change.path, prefix)) changes.push({ ...change, cursor: this.#cursor(at + 1) })
    }
    return { changes, cursor: this.#cursor(next), end: next === this.#end }
  }

  async wait(cursor: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#position(cursor) !== this.#end) return
    const ended = Promise.withResolvers<void>()
    const end = () => ended.resolve()
    signal.addEventListener('abort', end)
    await Promise.race([this.#more.promise, ended.promise])
    signal.removeEventListener('abort', end)
  }

  get #end(): number {
    return this.#dropped + this.#changes.length
  }

  #cursor(position: number): string {
    return `${this.#epoch}.${position}`
  }

  #position(cursor: string): number | undefined {
    const [epoch, position = ''] = cursor.split('.')
    return epoch === this.#epoch && /^\d{1,15}$/.test(position) ? Number(position) : undefined
  }
}
