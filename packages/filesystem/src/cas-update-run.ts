import type { Wait } from './backoff.ts'
import type { CasUpdateOptions, CasUpdateResult } from './update-options.ts'
import { updateInfo } from './update-options.ts'
import type { Codec } from './codec.ts'
import { sequenceBehind, writeOver } from './conditional-write.ts'
import type { Decision } from './decision.ts'
import { FilesystemError } from './errors.ts'
import type { Entry, Filesystem, Head, WriteOptions, WriteResult } from './filesystem.ts'
import { WRITE_IDS_KEPT } from './filesystem.ts'
import { deepFreeze } from './freeze.ts'
import { versionOfOp } from './record-state.ts'
import { decide } from './pure-apply.ts'
import type { Runtime } from './runtime.ts'
import type { UpdateProgress } from './update-progress.ts'
import { isUnavailable, ringReachesBack } from './update-progress.ts'
import type { UpdateTrace } from './update-trace.ts'
import { VersionMismatch } from './version-mismatch.ts'

/** How long to wait after the nth failure in a row. */
export type PlanWait = (why: 'conflict' | 'busy' | 'unknown', failures: number) => Wait

export interface RunInput<T, D> {
  readonly filesystem: Filesystem
  readonly codec: Codec<T>
  readonly apply: (current: T | undefined) => D | Promise<D>
  readonly runtime: Runtime
  readonly options: CasUpdateOptions
  readonly attemptsMax: number
  readonly progress: UpdateProgress
  readonly trace: UpdateTrace
  readonly planWait: PlanWait
  readonly measured: (startedMs: number) => void
}

/** One call of `casUpdate` in its plain mode: bounded attempts, backoff between them, no state shared with other calls. */
export class UpdateRun<T, D extends Decision<T, unknown>> {
  readonly #filesystem: Filesystem
  readonly #path: string
  readonly #codec: Codec<T>
  readonly #apply: (current: T | undefined) => D | Promise<D>
  readonly #runtime: Runtime
  readonly #options: CasUpdateOptions
  readonly #attemptsMax: number
  readonly #trace: UpdateTrace
  readonly #planWait: PlanWait
  readonly #measured: (startedMs: number) => void
  readonly #progress: UpdateProgress
  #landed = false
  #stopped = false
  #traced = false

  constructor(input: RunInput<T, D>) {
    this.#filesystem = input.filesystem
    this.#path = input.progress.path
    this.#codec = input.codec
    this.#apply = input.apply
    this.#runtime = input.runtime
    this.#options = input.options
    this.#attemptsMax = input.attemptsMax
    this.#progress = input.progress
    this.#trace = input.trace
    this.#planWait = input.planWait
    this.#measured = input.measured
  }

  /** True from the moment a write is sent until it is known to be lost. */
  get isWriting(): boolean {
    return this.#progress.writeId !== undefined
  }

  /** True once the write is in the record: nothing but success may be reported from then on. */
  get hasLanded(): boolean {
    return this.#landed
  }

  /** Nothing new is sent from now on. */
  stop(): void {
    this.#stopped = true
  }

  traceEnd(out: string): void {
    if (!this.#traced) this.#trace.done(out, this.#progress.attempts)
    this.#traced = true
  }

  async start(): Promise<CasUpdateResult<T, D['outcome']>> {
    let head = await this.#read()
    for (;;) {
      const round = await this.#round(head)
      if (round.result) return round.result
      head = round.winner
    }
  }

  /** One decision over one head: either the call is done, or somebody else won and the next round starts from there. */
  async #round(
    head: Head,
  ): Promise<{ result: CasUpdateResult<T, D['outcome']> } | { result?: undefined; winner: Head }> {
    this.#progress.saw(head)
    const replayed = this.#replayOf(head)
    if (replayed) return { result: replayed }
    const current = head.state === 'live' ? deepFreeze(await this.#codec.decode(head.entry, this.#path)) : undefined
    const decision = await decide(this.#apply, current, this.#runtime)
    this.#checkGoing()
    if (this.#changesNothing(head, current, decision)) {
      this.traceEnd('noop')
      const version = head.state === 'unwritten' ? undefined : head.version
      return { result: { outcome: decision.outcome, value: current, version, changed: false, replayed: false } }
    }
    if (this.#progress.attempts >= this.#attemptsMax) {
      throw this.#progress.exhausted()
    }
    const next = 'next' in decision ? deepFreeze(decision.next) : undefined
    const target = { path: this.#path, sequence: sequenceBehind(head) }
    const entry = decision.type === 'remove' ? undefined : await this.#codec.encode(next as T, target)
    const written = await this.#write(entry, head)
    if ('winner' in written) return written
    this.traceEnd('ok')
    const { version } = written.landed
    return { result: { outcome: decision.outcome, value: next, version, changed: true, replayed: false } }
  }

  #replayOf(head: Head): CasUpdateResult<T, D['outcome']> | undefined {
    const { opId } = this.#options
    const version = opId === undefined ? undefined : versionOfOp(head, opId)
    if (version === undefined) return undefined
    this.traceEnd('replayed')
    return { outcome: undefined, value: undefined, version, changed: false, replayed: true }
  }

  #changesNothing(head: Head, current: T | undefined, decision: Decision<T, unknown>): boolean {
    switch (decision.type) {
      case 'noop':
        return true
      case 'remove':
        return head.state !== 'live'
      case 'forceWrite':
        return false
      case 'write':
        return head.state === 'live' && this.#codec.isUnchanged(head.entry, current as T, decision.next)
    }
  }

  /** The first read; a busy store is asked again until the deadline. */
  async #read(): Promise<Head> {
    const { signal, lane } = this.#options
    for (let failures = 1; ; failures++) {
      this.#checkGoing()
      const startedMs = this.#runtime.monotonicMs()
      try {
        const head = await this.#filesystem.get(this.#path, { signal, lane })
        this.#trace.read(startedMs, this.#progress.attempts + 1, head)
        return head
      } catch (error) {
        if (!isUnavailable(error)) throw this.#progress.translate(error)
        this.#progress.lastFailure = error
      }
      await this.#wait('busy', failures)
    }
  }

  /** Sends one write until its outcome is known: landed, or lost to a winner. */
  async #write(entry: Entry | undefined, base: Head): Promise<{ landed: WriteResult } | { winner: Head }> {
    const writeId = this.#runtime.randomHex(16)
    const options = this.#writeOptions(writeId)
    this.#checkGoing()
    this.#progress.attempts++
    let uncertain = false
    for (let failures = 1; ; failures++) {
      const startedMs = this.#runtime.monotonicMs()
      try {
        this.#progress.writeId = writeId
        const landed = await writeOver(this.#filesystem, this.#path, base, entry, options)
        this.#landed = true
        this.#measured(startedMs)
        this.#trace.cas(startedMs, this.#progress.attempts, base, writeId, 'won')
        return { landed }
      } catch (error) {
        if (error instanceof VersionMismatch) {
          this.#measured(startedMs)
          this.#trace.cas(startedMs, this.#progress.attempts, base, writeId, 'lost', error.current)
          return this.#lost(error, base, uncertain)
        }
        const again = isUnavailable(error)
        const unknown = again && error.retry === 'unknown'
        this.#trace.cas(
          startedMs,
          this.#progress.attempts,
          base,
          writeId,
          unknown ? 'unknown' : again ? 'busy' : 'error',
        )
        uncertain ||= unknown
        if (!again) throw this.#failedWrite(error, uncertain)
        this.#progress.lastFailure = error
        if (!uncertain) this.#progress.writeId = undefined
      }
      await this.#wait(uncertain ? 'unknown' : 'busy', failures)
      // With a reply lost, an abort is not obeyed: only the answer ends this. The deadline does.
      if (this.#stopped) throw this.#progress.aborted()
      if (!uncertain) this.#checkGoing()
    }
  }

  #writeOptions(writeId: string): WriteOptions {
    const { writer, lane } = this.#options
    const info = updateInfo(this.#options)
    const { keepVersions } = this.#codec
    return {
      writeId,
      ...(keepVersions === undefined ? {} : { keepVersions }),
      ...(writer === undefined ? {} : { writer }),
      ...(lane === undefined ? {} : { lane }),
      ...(info.opId === undefined ? {} : { updates: [info] }),
    }
  }

  async #lost(error: VersionMismatch, base: Head, uncertain: boolean): Promise<{ winner: Head }> {
    // After a lost reply, "not in the ring" means "never landed" only while the ring reaches back to our place in it.
    if (uncertain && !ringReachesBack(base, error.current)) {
      throw this.#progress.unknownOutcome(`the record moved on by more than ${WRITE_IDS_KEPT} versions`, error)
    }
    this.#progress.writeId = undefined
    if (this.#progress.attempts < this.#attemptsMax) await this.#wait('conflict', this.#progress.attempts)
    this.#checkGoing()
    // The first loss goes on from the winner it was told. Where losses repeat, the record is hot and that winner is old
    // by the end of a longer wait, so it is read again.
    return { winner: this.#progress.attempts === 1 ? error.current : await this.#read() }
  }

  async #wait(why: 'conflict' | 'busy' | 'unknown', failures: number): Promise<void> {
    const wait = this.#planWait(why, failures)
    const startedMs = this.#runtime.monotonicMs()
    await this.#runtime.sleep(wait.planMs)
    this.#trace.wait(startedMs, this.#progress.attempts, why, wait)
  }

  // Called behind every await: an ended or aborted call starts nothing new.
  #checkGoing(): void {
    if (this.#stopped || this.#options.signal?.aborted) throw this.#progress.aborted()
  }

  #failedWrite(error: unknown, uncertain: boolean): Error {
    if (uncertain) return this.#progress.unknownOutcome('the store failed before it could tell', error)
    if (error instanceof FilesystemError && error.retry !== 'unknown') this.#progress.writeId = undefined
    return this.#progress.translate(error)
  }
}
