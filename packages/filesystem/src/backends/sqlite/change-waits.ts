import type { Runtime } from '../../runtime.ts'
import { lastChange } from './changes.ts'
import type { Database } from './database.ts'
import type { Reply } from './protocol.ts'

/** How often the commits of other processes are looked for while somebody waits for a change, in milliseconds. */
const POLL_MS = 20
/** How often at the least. Where nothing happens it is looked for ever less often, so that waiting costs next to nothing. */
const POLL_MS_MAX = 100
const SLOWER_BY = 1.1

/** Those who wait for a change behind a position. Own commits tell them at once; those of other processes are polled for. */
export class ChangeWaits {
  readonly #database: Database
  readonly #runtime: Runtime
  readonly #send: (replies: readonly Reply[]) => void
  readonly #waiting = new Map<number, number>()
  #timer: NodeJS.Timeout | undefined
  #seen = -1
  #pollMs = POLL_MS

  constructor(database: Database, runtime: Runtime, send: (replies: readonly Reply[]) => void) {
    this.#database = database
    this.#runtime = runtime
    this.#send = send
  }

  add(id: number, after: number): void {
    this.#waiting.set(id, after)
    this.notice()
    this.#poll()
  }

  cancel(id: number): void {
    if (!this.#waiting.delete(id)) return
    this.#send([{ id, value: undefined }])
    if (this.#waiting.size === 0) this.end()
  }

  /** Looks whether there is something to tell. */
  notice(): void {
    if (this.#waiting.size === 0) return
    const last = this.#lastChange()
    const told = [...this.#waiting].filter(([, after]) => last !== after).map(([id]) => id)
    for (const id of told) this.#waiting.delete(id)
    if (told.length > 0) this.#send(told.map((id) => ({ id, value: undefined })))
    if (this.#waiting.size === 0) this.end()
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #poll(): void {
    if (this.#timer || this.#waiting.size === 0) return
    const wait = this.#pollMs * (0.5 + this.#runtime.random())
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      const seen = this.#database.dataVersion()
      this.#pollMs = seen === this.#seen ? Math.min(POLL_MS_MAX, this.#pollMs * SLOWER_BY) : POLL_MS
      if (seen !== this.#seen) this.notice()
      this.#seen = seen
      this.#poll()
    }, wait)
  }

  /** A busy database is looked at again at the next poll. */
  #lastChange(): number | undefined {
    try {
      return lastChange(this.#database)
    } catch {
      return undefined
    }
  }
}
