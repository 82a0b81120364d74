import type { ListedRow } from '../../../model/listed-row.ts'
import type { Host } from '../../screen.ts'
import { AsOf } from './as-of.ts'
import { LatestWork } from './latest-work.ts'
import { stoppable } from './stoppable.ts'

/** The list that they are of. */
export interface PastSurroundings {
  inSight(): readonly ListedRow[]
  /** Told of every answer. */
  found(): void
}

/** The rows of a list at the time that the host looks at. Those in sight are looked up as one goes. */
export class PastRows {
  readonly #host: Host
  readonly #list: PastSurroundings
  readonly #work: LatestWork
  #stopping = new AbortController()
  #asOf: AsOf | undefined

  constructor(host: Host, list: PastSurroundings) {
    this.#host = host
    this.#list = list
    this.#work = new LatestWork(host)
  }

  /** Undefined while one looks at what is stored now. */
  get asOf(): AsOf | undefined {
    return this.#asOf
  }

  /** Takes over the time of the host. Whether it is another one. */
  adopt(): boolean {
    const { asOfMs, store } = this.#host
    if (asOfMs === this.#asOf?.timeMs) return false
    this.#asOf = asOfMs === undefined ? undefined : new AsOf(store, asOfMs)
    return true
  }

  lookUp(): void {
    const asOf = this.#asOf
    const { signal } = this.#stopping
    const found = () => {
      if (asOf === this.#asOf) this.#list.found()
      this.#host.changed()
    }
    if (asOf) this.#work.ask(() => stoppable(signal, () => asOf.lookUp(this.#list.inSight(), signal, found)))
  }

  stop(): void {
    this.#stopping.abort()
    this.#stopping = new AbortController()
    this.#work.cancel()
  }
}
