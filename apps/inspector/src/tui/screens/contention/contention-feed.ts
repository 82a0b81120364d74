import { parentOf } from '@latchless/filesystem'
import { Contention } from '../../../contention/contention.ts'
import { followContention } from '../../../contention/follow-contention.ts'
import type { Host } from '../../screen.ts'
import { Refresh } from './refresh.ts'

/** What the screen lives on while it is in sight: the store's commits, and the traces that the host knows. */
export class ContentionFeed {
  readonly #host: Host
  readonly #path: string | undefined
  readonly #refresh: Refresh
  #seen = new Contention()
  #following: AbortController | undefined
  #damaged = 0

  /** `draw` is called when there is something new to see, and says whether time alone will change it further. */
  constructor(host: Host, path: string | undefined, draw: () => boolean) {
    this.#host = host
    this.#path = path
    this.#refresh = new Refresh(host, draw)
  }

  get seen(): Contention {
    return this.#seen
  }

  get isLive(): boolean {
    return this.#following !== undefined
  }

  /** Lines that are none of a trace. */
  get damaged(): number {
    return this.#damaged
  }

  /** Begins anew: nothing was counted while it was stopped, and traces are read from their start. */
  start(): void {
    this.stop()
    this.#seen = new Contention()
    this.#damaged = 0
    this.#refresh.start()
    const following = new AbortController()
    this.#following = following
    this.#host.run(async () => {
      try {
        await this.#follow(AbortSignal.any([this.#host.signal, following.signal]))
      } finally {
        if (this.#following === following) this.#following = undefined
      }
    })
  }

  stop(): void {
    this.#following?.abort()
    this.#following = undefined
    this.#refresh.stop()
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { store, traces } = this.#host
    const prefix = this.#path === undefined ? '/' : parentOf(this.#path)
    const watched = store.capabilities(prefix).watch ? store : undefined
    await followContention(
      { store: watched, prefix, path: this.#path, traces: [...traces] },
      {
        signal,
        follow: true,
        nowMs: () => this.#host.nowMs(),
        onActivity: (activity) => {
          this.#seen.add(activity)
          this.#refresh.happened()
        },
        onDamage: (lines) => {
          this.#damaged += lines
          this.#refresh.happened()
        },
        // Kept, it would fail again whenever the screen is shown.
        onFailure: (named, error) => {
          traces.delete(named)
          this.#host.fail(error)
        },
      },
    )
  }
}
