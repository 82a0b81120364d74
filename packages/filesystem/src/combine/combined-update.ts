import { types } from 'node:util'
import type { CasUpdateResult } from '../update-options.ts'
import { COMBINED_ATTEMPTS_MAX_DEFAULT, TIMEOUT_MS_DEFAULT } from '../update-options.ts'
import type { Decision } from '../decision.ts'
import type { UpdateCall } from '../plain-update.ts'
import { updateAlone } from '../plain-update.ts'
import { combinersOf } from './combiners.ts'
import type { PathState } from './path-state.ts'
import { PendingUpdate } from './pending-update.ts'
import { BATCH_MAX, lossWait, QUEUE_MAX } from './policy.ts'

/** The default mode: the update joins those of its path in this process. */
export async function combinedUpdate<T, D extends Decision<T, unknown>>(
  call: UpdateCall<T, D>,
): Promise<CasUpdateResult<T, D['outcome']>> {
  const { filesystem, path, options, runtime } = call
  const combiner = combinersOf(filesystem).at(path, runtime, (update) => goAlone(filesystem, combiner.state, update))
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
  const refusal = refusalOf(call, combiner.state, update)
  if (refusal) update.fail(refusal)
  // What is known to be async before it runs need not run in vain first.
  else if (types.isAsyncFunction(call.apply)) goAlone(filesystem, combiner.state, update)
  else combiner.add(update)
  return (await update.result) as CasUpdateResult<T, D['outcome']>
}

function refusalOf(
  { filesystem, path, options }: Pick<UpdateCall<never, never>, 'filesystem' | 'path' | 'options'>,
  state: PathState,
  { progress, timeoutMs }: PendingUpdate,
): Error | undefined {
  const { cas } = filesystem.capabilities(path)
  if (cas !== 'record' && cas !== 'records') return progress.casUnsupported(cas)
  if (options.signal?.aborted) return progress.aborted()
  const waiting = state.queue.length
  // Each batch takes its attempt, and about as long again in waits where others write as well.
  const doneInMs = Math.ceil(waiting / BATCH_MAX) * state.serviceMs * (state.isContended ? 3 : 1)
  if (waiting < QUEUE_MAX && doneInMs <= timeoutMs) return undefined
  return progress.overloaded(waiting, Math.ceil(doneInMs))
}

/** An update whose `apply` is async would hold up the batch, so it makes attempts of its own. */
function goAlone(filesystem: UpdateCall<unknown, never>['filesystem'], state: PathState, update: PendingUpdate): void {
  if (update.isSettled) return
  const { codec, apply, options, trace } = update
  const call = { filesystem, path: state.path, codec, apply, options, runtime: state.runtime }
  const timeoutMs = Math.max(1, update.deadlineMs - state.runtime.monotonicMs())
  const planWait = (failures: number) => lossWait(failures, state.serviceMs, state.runtime.random())
  update.become(updateAlone(call, { planWait, attemptsMax: update.attemptsMax, timeoutMs, trace }))
}
