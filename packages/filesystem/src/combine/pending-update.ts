import type { CasUpdateOptions, CasUpdateResult } from '../update-options.ts'
import type { Codec } from '../codec.ts'
import type { Decision } from '../decision.ts'
import { CasUpdateError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { UpdateProgress } from '../update-progress.ts'
import { UpdateTrace } from '../update-trace.ts'
import type { Version } from '../version.ts'

/** What an update gets once the state that it saw is committed, or known to have been the record. */
export type Answer =
  | { readonly type: 'decided'; readonly outcome: unknown; readonly value: unknown; readonly changed: boolean }
  /** The opId was in the record already, at this version, or is in the batch itself. */
  | { readonly type: 'replayed'; readonly version: Version | undefined }
  | { readonly type: 'failed'; readonly error: unknown }

/** One call of `casUpdate` on its way through a combiner. Settles once; what happens to it afterwards changes nothing. */
export class PendingUpdate {
  readonly codec: Codec<unknown>
  readonly apply: (current: unknown) => Decision<unknown, unknown> | Promise<Decision<unknown, unknown>>
  readonly options: CasUpdateOptions
  readonly progress: UpdateProgress
  readonly trace: UpdateTrace
  readonly deadlineMs: number
  readonly attemptsMax: number
  readonly timeoutMs: number
  /** Its place among the updates of its path: a read that began later saw a state from within the call. */
  readonly arrival: number
  readonly #settled = Promise.withResolvers<CasUpdateResult<unknown, unknown>>()
  #onSettled: (() => void) | undefined

  constructor(input: {
    readonly path: string
    readonly codec: Codec<unknown>
    readonly apply: PendingUpdate['apply']
    readonly options: CasUpdateOptions
    readonly runtime: Runtime
    readonly timeoutMs: number
    readonly attemptsMax: number
    readonly arrival: number
    readonly onSettled: (update: PendingUpdate) => void
  }) {
    const { path, options, runtime, timeoutMs } = input
    this.codec = input.codec
    this.apply = input.apply
    this.options = options
    this.timeoutMs = timeoutMs
    this.attemptsMax = input.attemptsMax
    this.arrival = input.arrival
    this.progress = new UpdateProgress(path, options.signal, runtime)
    this.deadlineMs = this.progress.startedMs + timeoutMs
    this.trace = new UpdateTrace(path, options, runtime)
    this.trace.begin(timeoutMs)
    options.signal?.addEventListener('abort', this.#onAbort, { once: true })
    this.#onSettled = () => input.onSettled(this)
  }

  get result(): Promise<CasUpdateResult<unknown, unknown>> {
    return this.#settled.promise
  }

  get isSettled(): boolean {
    return this.#onSettled === undefined
  }

  sent(writeId: string): void {
    this.progress.attempts++
    this.progress.writeId = writeId
  }

  /** Its write was lost. False when that ends it: it was aborted meanwhile, or has no attempt left. */
  lost(): boolean {
    this.progress.writeId = undefined
    if (this.options.signal?.aborted) this.fail(this.progress.aborted())
    else if (this.progress.attempts >= this.attemptsMax) this.fail(this.progress.exhausted())
    return !this.isSettled
  }

  /** Its write was refused and cannot land any more. False when the update was aborted meanwhile. */
  refused(): boolean {
    this.progress.writeId = undefined
    if (this.options.signal?.aborted) this.fail(this.progress.aborted())
    return !this.isSettled
  }

  answer(answer: Answer, version: Version | undefined): void {
    if (answer.type === 'failed') return this.fail(answer.error)
    if (answer.type === 'replayed') {
      const replayed = { outcome: undefined, value: undefined, version: answer.version ?? version, changed: false }
      return this.#end('replayed', () => this.#settled.resolve({ ...replayed, replayed: true }))
    }
    const { outcome, value, changed } = answer
    this.#end(changed ? 'ok' : 'noop', () => {
      this.#settled.resolve({ outcome, value, version, changed, replayed: false })
    })
  }

  fail(error: unknown): void {
    this.#end(error instanceof CasUpdateError ? error.code : 'error', () => this.#settled.reject(error))
  }

  /** Goes on as a call of its own, which traces its own end. */
  become(call: Promise<CasUpdateResult<unknown, unknown>>): void {
    this.#end(undefined, () => this.#settled.resolve(call))
  }

  // A write in flight is awaited, so that "aborted" never hides a write.
  readonly #onAbort = (): void => {
    if (this.progress.writeId === undefined) this.fail(this.progress.aborted())
  }

  #end(traced: string | undefined, settle: () => void): void {
    const onSettled = this.#onSettled
    if (!onSettled) return
    this.#onSettled = undefined
    this.options.signal?.removeEventListener('abort', this.#onAbort)
    if (traced !== undefined) this.trace.done(traced, this.progress.attempts)
    settle()
    onSettled()
  }
}
