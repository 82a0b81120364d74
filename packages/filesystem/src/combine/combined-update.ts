import { types } from 'node:util'
import type { CasUpdateResult } from '../update-options.ts'
import { COMBINED_ATTEMPTS_MAX_DEFAULT, TIMEOUT_MS_DEFAULT } from '../update-options.ts'
import type { Decision } from '../decision.ts'
import type { Capabilities } from '../filesystem.ts'
import type { PlanWait } from '../cas-update-run.ts'
import type { UpdateCall } from '../plain-update.ts'
import { updateAlone } from '../plain-update.ts'
import { combinersOf } from './combiners.ts'
import type { PathCombiner } from './path-combiner.ts'
import { PendingUpdate } from './pending-update.ts'
import { busyWait, lossWait, QUEUE_MAX } from './policy.ts'

/** The default mode: the update joins those of its path in this process. */
export async function combinedUpdate<T, D extends Decision<T, unknown>>(
  call: UpdateCall<T, D>,
): Promise<CasUpdateResult<T, D['outcome']>> {
  const { filesystem, path, options, runtime } = call
  const { cas } = filesystem.capabilities(path)
  const combiner = combinersOf(filesystem, runtime).at(path, (update) => goAlone(combiner, update))
  const update = new PendingUpdate({
    path,
    // Within one batch all updates have one codec, so that what one returns fits what the next is given.
    codec: call.codec,
    apply: call.apply as PendingUpdate['apply'],
    options,
    runtime,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS_DEFAULT,
    attemptsMax: options.attemptsMax ?? COMBINED_ATTEMPTS_MAX_DEFAULT,
    arrival: combiner.nextArrival(),
    onSettled: (settled) => combiner.settled(settled),
  })
  const refusal = refusalOf(cas, combiner, update)
  if (refusal) update.fail(refusal)
  // What is known to be async before it runs need not run in vain first.
  else if (types.isAsyncFunction(call.apply)) goAlone(combiner, update)
  else combiner.add(update)
  return (await update.result) as CasUpdateResult<T, D['outcome']>
}

function refusalOf(cas: Capabilities['cas'], combiner: PathCombiner, update: PendingUpdate): Error | undefined {
  const { state, alone, unsettled } = combiner
  const { progress, timeoutMs, options } = update
  const refusal = progress.refusalOf(cas)
  if (refusal) return refusal
  if (options.signal?.aborted) return progress.aborted()
  // Each batch takes its attempt, and about as long again in waits where others write as well. That one is halved to find an
  // update at fault is soon over.
  const batches = Math.floor((state.queue.length + alone) / state.wholeBatchMax)
  const doneInMs = batches * state.serviceMs * (state.isContended ? 3 : 1)
  if (unsettled < QUEUE_MAX && doneInMs <= timeoutMs) return undefined
  return progress.overloaded(unsettled, Math.max(1, Math.ceil(doneInMs)))
}

/** An update whose `apply` is async would hold up the batch, so it makes attempts of its own. */
function goAlone(combiner: PathCombiner, update: PendingUpdate): void {
  if (update.isSettled) return
  const { state } = combiner
  const { filesystem, path, runtime } = state
  const { codec, apply, options, trace, progress, attemptsMax } = update
  const timeoutMs = Math.max(1, update.deadlineMs - runtime.monotonicMs())
  const planWait: PlanWait = (why, failures) =>
    why === 'conflict'
      ? lossWait(failures, state.serviceMs, runtime.random())
      : busyWait(failures, state.serviceMs, runtime.random())
  const measured = (startedMs: number) => state.measured(startedMs)
  const call = { filesystem, path, codec, apply, options, runtime }
  const running = updateAlone(call, { planWait, measured, attemptsMax, timeoutMs, trace, progress })
  update.become(combiner.counted(running))
}
