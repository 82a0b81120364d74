import type { PlanWait } from './cas-update-run.ts'
import { UpdateRun } from './cas-update-run.ts'
import type { CasUpdateOptions, CasUpdateResult } from './update-options.ts'
import { ATTEMPTS_MAX_DEFAULT, TIMEOUT_MS_DEFAULT } from './update-options.ts'
import type { Codec } from './codec.ts'
import { planWait } from './backoff.ts'
import type { Decision } from './decision.ts'
import { CasUpdateError } from './errors.ts'
import type { Filesystem } from './filesystem.ts'
import type { Runtime } from './runtime.ts'
import { UpdateProgress } from './update-progress.ts'
import { UpdateTrace } from './update-trace.ts'

/** One call of `casUpdate`, its arguments checked. */
export interface UpdateCall<T, D> {
  readonly filesystem: Filesystem
  readonly path: string
  readonly codec: Codec<T>
  readonly apply: (current: T | undefined) => D | Promise<D>
  readonly options: CasUpdateOptions
  readonly runtime: Runtime
}

/** How a call goes that is not, or no longer, part of a batch. */
interface AloneOptions {
  readonly planWait: PlanWait
  readonly attemptsMax: number
  readonly timeoutMs: number
  readonly trace: UpdateTrace
  readonly progress: UpdateProgress
  /** Told when the store has answered a write that was sent at this time. */
  readonly measured: (startedMs: number) => void
}

/** The plain mode: bounded attempts of this call alone, with backoff between them. */
export async function plainUpdate<T, D extends Decision<T, unknown>>(
  call: UpdateCall<T, D>,
): Promise<CasUpdateResult<T, D['outcome']>> {
  const { path, options, runtime } = call
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS_DEFAULT
  const trace = new UpdateTrace(path, options, runtime)
  trace.begin(timeoutMs)
  return updateAlone(call, {
    planWait: (_why, failures) => planWait(failures, runtime),
    measured: () => {},
    attemptsMax: options.attemptsMax ?? ATTEMPTS_MAX_DEFAULT,
    timeoutMs,
    trace,
    progress: new UpdateProgress(path, options.signal, runtime),
  })
}

/** Runs one call by itself, against its deadline and its signal. */
export async function updateAlone<T, D extends Decision<T, unknown>>(
  { filesystem, path, codec, apply, options, runtime }: UpdateCall<T, D>,
  alone: AloneOptions,
): Promise<CasUpdateResult<T, D['outcome']>> {
  const { progress, timeoutMs } = alone
  const run = new UpdateRun<T, D>({ filesystem, codec, apply, runtime, options, ...alone })
  const timer = new AbortController()
  const never = new Promise<never>(() => {})
  const abort = Promise.withResolvers<never>()
  const onAbort = () => {
    // A write in flight is awaited, so that "aborted" never hides a write.
    if (run.isWriting) return
    run.stop()
    abort.reject(progress.aborted())
  }
  try {
    const refusal = progress.refusalOf(filesystem.capabilities(path).cas)
    if (refusal) throw refusal
    if (options.signal?.aborted) throw progress.aborted()
    options.signal?.addEventListener('abort', onAbort, { once: true })
    // The loser of this race goes on unseen; UpdateRun starts nothing new once it is told that the call has ended.
    const deadline = runtime.sleep(timeoutMs, timer.signal).then(
      () => {
        if (run.hasLanded) return never
        // At once: in the moments until the caller hears of it nothing may be sent any more.
        run.stop()
        throw progress.timedOut(timeoutMs)
      },
      () => never,
    )
    return await Promise.race([run.start(), deadline, abort.promise])
  } catch (error) {
    run.traceEnd(error instanceof CasUpdateError ? error.code : 'error')
    throw error
  } finally {
    run.stop()
    timer.abort()
    options.signal?.removeEventListener('abort', onAbort)
  }
}
