import { setTimeout as sleep } from 'node:timers/promises'
import type { Change, Filesystem, Version } from '@latchless/filesystem'
import { anything, FilesystemError, sequenceOf } from '@latchless/filesystem'
import type { SeededRandom } from '@latchless/filesystem/testing'
import { registerType } from './workload/records.ts'
import type { Finding } from './report.ts'
import { WATCHED } from './workload/places.ts'

/** How long a watch goes on before it is ended and resumed by its cursor. */
const RESUMED_AFTER_MS_MAX = 1500
/** How long a watcher may need for what it was not yet told when all work has ended. */
const SETTLE_MS_MAX = 15_000
const POLL_MS = 50

/** Follows all changes below a prefix from before the first one on, and is ended and resumed now and then. */
export class Watcher {
  readonly #filesystem: Filesystem
  readonly #prefix: string
  readonly #random: SeededRandom
  readonly #told = new Map<string, { readonly type: 'put' | 'delete'; readonly version: Version }>()
  readonly #findings: Finding[] = []
  readonly #end = new AbortController()
  #cursor: string | undefined
  #resumes = 0
  #gaps = 0

  private constructor(filesystem: Filesystem, prefix: string, random: SeededRandom) {
    this.#filesystem = filesystem
    this.#prefix = prefix
    this.#random = random
  }

  /** Resolves when it is sure to be told of all that is written from now on. */
  static async start(filesystem: Filesystem, prefix: string, random: SeededRandom): Promise<Watcher> {
    const watcher = new Watcher(filesystem, prefix, random)
    const running = watcher.#run()
    running.catch(() => {})
    for (let number = 0; watcher.#cursor === undefined; number++) {
      const entry = registerType.encode({ name: 'began', shard: 0, number })
      await filesystem.put(WATCHED, entry, anything)
      await Promise.race([sleep(POLL_MS), running])
    }
    return watcher
  }

  get counts(): Readonly<Record<string, number>> {
    return { 'watch-resumed': this.#resumes, ...(this.#gaps > 0 ? { 'watch-gap': this.#gaps } : {}) }
  }

  stop(): void {
    this.#end.abort()
  }

  /** Waits until it was told how each record is in the end, for so long as it may take. */
  async settle(settleMsMax = SETTLE_MS_MAX): Promise<readonly Finding[]> {
    const deadlineMs = performance.now() + settleMsMax
    let missed: readonly Finding[] | undefined
    for (;;) {
      // A connection that was cut before may only be found out now.
      missed = await this.#missed().catch((error: unknown) => {
        if (isUnavailable(error)) return undefined
        throw error
      })
      if (missed?.length === 0 || performance.now() >= deadlineMs) break
      await sleep(POLL_MS)
    }
    missed ??= await this.#missed()
    this.stop()
    return [...this.#findings, ...missed]
  }

  async #run(): Promise<void> {
    while (!this.#end.signal.aborted) {
      const signals = [this.#end.signal]
      // Before the first cursor there is nothing to resume by.
      if (this.#cursor !== undefined) signals.push(AbortSignal.timeout(this.#random.below(RESUMED_AFTER_MS_MAX)))
      const options = { after: this.#cursor, signal: AbortSignal.any(signals) }
      try {
        for await (const change of this.#filesystem.watch(this.#prefix, options)) {
          this.#hear(change)
          if (options.after === undefined) break
        }
      } catch (error) {
        if (!isUnavailable(error) && !(error instanceof FilesystemError && error.code === 'aborted')) {
          this.#report(this.#prefix, `it failed: ${error instanceof Error ? error.message : String(error)}`)
        }
        // A store that cannot be reached is not asked in a loop.
        await sleep(POLL_MS)
      }
      this.#resumes++
    }
  }

  #hear(change: Change): void {
    this.#cursor = change.cursor
    if (change.type === 'gap') this.#gaps++
    if (change.type !== 'put' && change.type !== 'delete') return
    const { path, type, version } = change
    const before = this.#told.get(path)
    if (before && sequenceOf(version) < sequenceOf(before.version)) {
      this.#report(path, `it told ${version} after ${before.version}`)
    }
    this.#told.set(path, { type, version })
  }

  async #missed(): Promise<Finding[]> {
    const missed: Finding[] = []
    let page = await this.#filesystem.list(this.#prefix, { deleted: true, limit: 500 })
    for (;;) {
      for (const { path, head } of page.items) {
        const told = this.#told.get(path)
        const type = head?.state === 'live' ? 'put' : 'delete'
        if (!head || (told?.version === head.info.version && told.type === type)) continue
        const last = told ? `the last it told is ${told.type} ${told.version}` : 'it told nothing'
        missed.push({ check: 'watch', path, message: `${type} ${head.info.version} is the end, and ${last}` })
      }
      if (!page.next) return missed
      page = await this.#filesystem.list(this.#prefix, { deleted: true, limit: 500, after: page.next })
    }
  }

  #report(path: string, message: string): void {
    this.#findings.push({ check: 'watch', path, message })
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof FilesystemError && error.code === 'unavailable'
}
