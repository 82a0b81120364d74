import { planWait } from './backoff.ts'
import type { CasUpdateOptions, CasUpdateResult } from './cas-update.ts'
import type { Codec } from './codec.ts'
import type { Decision } from './decision.ts'
import type { CasUpdateErrorCode } from './errors.ts'
import { CasUpdateError, FilesystemError } from './errors.ts'
import { exactly } from './expectation.ts'
import type { Entry, Filesystem, Head, WriteOptions, WriteResult } from './filesystem.ts'
import { WRITE_IDS_KEPT } from './filesystem.ts'
import { deepFreeze } from './freeze.ts'
import type { Runtime } from './runtime.ts'
import { UpdateTrace } from './update-trace.ts'
import { generationOf, sequenceOf } from './version.ts'
import { VersionMismatch } from './version-mismatch.ts'

/** Errors that are the caller's own matter and reach it unchanged. */
const passedThrough: ReadonlySet<string> = new Set([
  'corrupt',
  'schema-too-new',
  'invalid-record',
  'too-large',
  'invalid-argument',
])

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
  readonly #startedMs: number
  #attempts = 0
  #lastVersion: string | undefined
  #writeId: string | undefined
  #landed = false
  #lastFailure: unknown
  #ended = false

  constructor(
    filesystem: Filesystem,
    path: string,
    codec: Codec<T>,
    apply: (current: T | undefined) => D | Promise<D>,
    runtime: Runtime,
    options: CasUpdateOptions,
    attemptsMax: number,
  ) {
    this.#filesystem = filesystem
    this.#path = path
    this.#codec = codec
    this.#apply = apply
    this.#runtime = runtime
    this.#options = options
    this.#attemptsMax = attemptsMax
    this.#startedMs = runtime.monotonicMs()
    this.#trace = new UpdateTrace(path, options, runtime)
  }

  /** True from the moment a write is sent until it is known to be lost. */
  get isWriting(): boolean {
    return this.#writeId !== undefined
  }

  /** True once the write is in the record: nothing but success may be reported from then on. */
  get hasLanded(): boolean {
    return this.#landed
  }

  end(): void {
    this.#ended = true
  }

  traceEnd(out: string): void {
    if (!this.#ended) this.#trace.done(out, this.#attempts)
  }

  timedOut(timeoutMs: number): CasUpdateError {
    if (this.isWriting) return this.#unknownOutcome(`no answer came within ${timeoutMs} ms`, this.#lastFailure)
    return this.#error('timeout', `it took longer than ${timeoutMs} ms, nothing was written`, 'safe', this.#lastFailure)
  }

  aborted(): CasUpdateError {
    return this.#error('aborted', 'the signal fired, nothing was written', 'safe', this.#options.signal?.reason)
  }

  async start(timeoutMs: number): Promise<CasUpdateResult<T, D['outcome']>> {
    this.#trace.begin(timeoutMs)
    const { cas } = this.#filesystem.capabilities(this.#path)
    if (cas !== 'record' && cas !== 'records') {
      throw this.#error('cas-unsupported', `compare-and-swap is ${cas} at this path, expected a store that has it`)
    }
    if (this.#options.signal?.aborted) throw this.aborted()
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
    this.#lastVersion = head.state === 'unwritten' ? undefined : head.version
    const replayed = this.#replayOf(head)
    if (replayed) return { result: replayed }
    const current = head.state === 'live' ? deepFreeze(await this.#codec.decode(head.entry, this.#path)) : undefined
    const decision = await this.#apply(current)
    this.#checkGoing()
    if (this.#changesNothing(head, current, decision)) {
      this.traceEnd('noop')
      const version = head.state === 'unwritten' ? undefined : head.version
      return { result: { outcome: decision.outcome, value: current, version, changed: false, replayed: false } }
    }
    if (this.#attempts >= this.#attemptsMax) {
      throw this.#error(
        'retries-exhausted',
        `all ${this.#attempts} attempts lost to other writers, nothing was written`,
        'safe',
      )
    }
    const next = 'next' in decision ? deepFreeze(decision.next) : undefined
    const entry = decision.type === 'remove' ? undefined : await this.#encode(next as T, head)
    const written = await this.#write(entry, head)
    if ('winner' in written) return written
    this.traceEnd('ok')
    const { version } = written.landed
    return { result: { outcome: decision.outcome, value: next, version, changed: true, replayed: false } }
  }

  #replayOf(head: Head): CasUpdateResult<T, D['outcome']> | undefined {
    const { opId } = this.#options
    if (opId === undefined || head.state === 'unwritten') return undefined
    const version = head.ops.findLast((op) => op.opId === opId)?.version
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

  async #encode(next: T, head: Head): Promise<Entry> {
    const sequence = head.state === 'unwritten' ? 1 : sequenceOf(head.version) + 1
    return this.#codec.encode(next, { path: this.#path, sequence })
  }

  /** The first read; a busy store is asked again until the deadline. */
  async #read(): Promise<Head> {
    for (let failures = 1; ; failures++) {
      this.#checkGoing()
      const startedMs = this.#runtime.monotonicMs()
      try {
        const head = await this.#filesystem.get(this.#path, { signal: this.#options.signal })
        this.#trace.read(startedMs, this.#attempts + 1, head)
        return head
      } catch (error) {
        if (!isUnavailable(error) || error.retry === 'never') throw this.#translate(error)
        this.#lastFailure = error
      }
      await this.#wait('busy', failures)
    }
  }

  /** Sends one write until its outcome is known: landed, or lost to a winner. */
  async #write(entry: Entry | undefined, base: Head): Promise<{ landed: WriteResult } | { winner: Head }> {
    const writeId = this.#runtime.randomHex(16)
    const options = this.#writeOptions(writeId)
    this.#checkGoing()
    this.#attempts++
    let uncertain = false
    for (let failures = 1; ; failures++) {
      const startedMs = this.#runtime.monotonicMs()
      try {
        this.#writeId = writeId
        const landed = await this.#send(entry, base, options)
        this.#landed = true
        this.#trace.cas(startedMs, this.#attempts, base, writeId, 'won')
        return { landed }
      } catch (error) {
        if (error instanceof VersionMismatch) {
          this.#trace.cas(startedMs, this.#attempts, base, writeId, 'lost', error.current)
          return this.#lost(error, base, uncertain)
        }
        const again = isUnavailable(error) && error.retry !== 'never'
        const unknown = isUnavailable(error) && error.retry === 'unknown'
        this.#trace.cas(startedMs, this.#attempts, base, writeId, unknown ? 'unknown' : again ? 'busy' : 'error')
        uncertain ||= unknown
        if (!again) throw this.#failedWrite(error, uncertain)
        this.#lastFailure = error
        if (!uncertain) this.#writeId = undefined
      }
      await this.#wait(uncertain ? 'unknown' : 'busy', failures)
      // With a reply lost, an abort is not obeyed: only the answer ends this. The deadline does.
      if (this.#ended) throw this.aborted()
      if (!uncertain) this.#checkGoing()
    }
  }

  async #send(entry: Entry | undefined, base: Head, options: WriteOptions): Promise<WriteResult> {
    if (entry) return this.#filesystem.put(this.#path, entry, exactly(base), options)
    const deleted = await this.#filesystem.delete(this.#path, exactly(base), options)
    if (!deleted) throw new TypeError('Cannot remove: the filesystem resolved a conditional delete without a version')
    return deleted
  }

  #writeOptions(writeId: string): WriteOptions {
    const { opId, writer } = this.#options
    const { keepVersions } = this.#codec
    return {
      writeId,
      ...(keepVersions === undefined ? {} : { keepVersions }),
      ...(writer === undefined ? {} : { writer }),
      ...(opId === undefined ? {} : { updates: [{ opId, ...(writer === undefined ? {} : { writer }) }] }),
    }
  }

  async #lost(error: VersionMismatch, base: Head, uncertain: boolean): Promise<{ winner: Head }> {
    // After a lost reply, "not in the ring" means "never landed" only while the ring reaches back to our place in it.
    if (uncertain && !ringReachesBack(base, error.current)) {
      throw this.#unknownOutcome(`the record moved on by more than ${WRITE_IDS_KEPT} versions`, error)
    }
    this.#writeId = undefined
    if (this.#attempts < this.#attemptsMax) await this.#wait('conflict', this.#attempts)
    this.#checkGoing()
    // The first loss goes on from the winner it was told. Where losses repeat, the record is hot and that winner is old
    // by the end of a longer wait, so it is read again.
    return { winner: this.#attempts === 1 ? error.current : await this.#read() }
  }

  async #wait(why: 'conflict' | 'busy' | 'unknown', failures: number): Promise<void> {
    const wait = planWait(failures, this.#runtime)
    const startedMs = this.#runtime.monotonicMs()
    await this.#runtime.sleep(wait.planMs)
    this.#trace.wait(startedMs, this.#attempts, why, wait)
  }

  // Called behind every await: an ended or aborted call starts nothing new.
  #checkGoing(): void {
    if (this.#ended || this.#options.signal?.aborted) throw this.aborted()
  }

  #failedWrite(error: unknown, uncertain: boolean): Error {
    if (uncertain) return this.#unknownOutcome('the store failed before it could tell', error)
    this.#writeId = undefined
    return this.#translate(error)
  }

  #translate(error: unknown): Error {
    if (!(error instanceof FilesystemError)) {
      return this.#error('backend', 'the store failed', 'unknown', error)
    }
    if (passedThrough.has(error.code)) return error
    if (error.code === 'aborted') return this.aborted()
    if (error.code === 'unsupported') {
      return this.#error('cas-unsupported', 'the store answered that it does not support this', 'never', error)
    }
    return this.#error('backend', `the store failed: ${error.message}`, error.retry, error)
  }

  #unknownOutcome(problem: string, cause?: unknown): CasUpdateError {
    return this.#error('unknown-outcome', `${problem}, the write may have landed`, 'unknown', cause)
  }

  #error(
    code: CasUpdateErrorCode,
    problem: string,
    retry: 'safe' | 'never' | 'unknown' = 'never',
    cause?: unknown,
  ): CasUpdateError {
    return new CasUpdateError(code, `Cannot update ${JSON.stringify(this.#path)}: ${problem}`, {
      path: this.#path,
      operation: 'update',
      attempts: this.#attempts,
      elapsedMs: this.#runtime.monotonicMs() - this.#startedMs,
      lastVersion: this.#lastVersion,
      writeId: this.#writeId,
      retry,
      cause,
    })
  }
}

function isUnavailable(error: unknown): error is FilesystemError {
  return error instanceof FilesystemError && error.code === 'unavailable'
}

function ringReachesBack(base: Head, current: Head): boolean {
  if (current.state === 'unwritten') return base.state === 'unwritten'
  const baseSequence = base.state === 'unwritten' ? 0 : sequenceOf(base.version)
  const sameGeneration = base.state === 'unwritten' || generationOf(base.version) === generationOf(current.version)
  return sameGeneration && sequenceOf(current.version) - baseSequence <= WRITE_IDS_KEPT
}
