import { setTimeout as delay } from 'node:timers/promises'
import { type Filesystem, sequenceOf } from '@latchless/filesystem'

/** A record that was written or deleted. */
export interface WatchedChange {
  readonly path: string
  /** It is the first version of its record, as far as the store told every one. */
  readonly isFirst: boolean
}

/** What is told at once at the most; more is the same as having missed some. */
const PENDING_MAX = 2000
const TOLD_EVERY_MS = 1000

/** Tells of changes below a prefix: the first at once, what comes after it once a second. */
export class PrefixWatch {
  readonly #fs: Filesystem
  readonly #prefix: string
  readonly #told: (changes: readonly WatchedChange[]) => Promise<void>
  #pending = new Map<string, WatchedChange>()
  readonly #run: (work: () => Promise<void>) => void
  #hasMissed = false
  #isTelling = false

  /** `run` does work in the background. */
  constructor(
    fs: Filesystem,
    prefix: string,
    run: (work: () => Promise<void>) => void,
    told: (changes: readonly WatchedChange[]) => Promise<void>,
  ) {
    this.#fs = fs
    this.#prefix = prefix
    this.#run = run
    this.#told = told
  }

  /** Whether changes came that were not told one by one. */
  get hasMissed(): boolean {
    return this.#hasMissed
  }

  /** Until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      for await (const change of this.#fs.watch(this.#prefix, { signal })) {
        if (change.type === 'gap') this.#hasMissed = true
        else if (this.#pending.size >= PENDING_MAX) this.#hasMissed = true
        else {
          const isNew = change.type === 'put' && sequenceOf(change.version) === 1
          const isFirst = isNew || (this.#pending.get(change.path)?.isFirst ?? false)
          this.#pending.set(change.path, { path: change.path, isFirst })
        }
        if (!this.#isTelling) this.#run(() => this.#tell(signal))
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  async #tell(signal: AbortSignal): Promise<void> {
    this.#isTelling = true
    try {
      while (this.#pending.size > 0 && !signal.aborted) {
        const changes = [...this.#pending.values()]
        this.#pending = new Map()
        await this.#told(changes)
        await delay(TOLD_EVERY_MS, undefined, { signal, ref: false }).catch(() => {})
      }
    } finally {
      this.#isTelling = false
    }
  }
}
