import { sequenceBehind } from '../conditional-write.ts'
import { FilesystemError } from '../errors.ts'
import type { Entry } from '../filesystem.ts'
import { isUnavailable } from '../update-progress.ts'
import { writeBatch } from './batch-write.ts'
import type { Fold } from './fold.ts'
import { fold } from './fold.ts'
import type { Run, PathState } from './path-state.ts'
import { outside, pause } from './path-state.ts'
import type { Answer, PendingUpdate } from './pending-update.ts'
import { busyWait } from './policy.ts'
import { Snapshot } from './snapshot.ts'

/**
 * One attempt: sees the record, folds what waits over it, writes the result. What it could not settle waits again.
 * `alone` takes over the updates that cannot be folded; `arrivals` counts the updates that have come so far.
 */
export async function attempt(
  state: PathState,
  run: Run,
  alone: (update: PendingUpdate) => void,
  arrivals: () => number,
): Promise<void> {
  const snapshot = state.snapshot ?? (await read(state, run, arrivals))
  if (!snapshot || run.stalled) return
  const batch = state.queue.take(state.batchMax)
  const [first] = batch
  if (!first) return
  for (const { progress } of batch) progress.saw(snapshot.head)
  let folded: Fold
  try {
    const value = await outside(run, state.runtime, async () => await snapshot.decode(first.codec, state.path))
    folded = fold(snapshot, value, batch, state.runtime)
  } catch (error) {
    return conclude(state, snapshot, failedWith(batch, error))
  }
  state.queue.giveBack(batch.slice(folded.taken))
  for (const update of folded.alone) alone(update)
  if (folded.changed.length === 0) return conclude(state, snapshot, folded.folded)
  let entry: Entry | undefined
  try {
    const target = { path: state.path, sequence: sequenceBehind(snapshot.head) }
    const encode = async () => await first.codec.encode(folded.value, target)
    entry = folded.live ? await outside(run, state.runtime, encode) : undefined
  } catch (error) {
    return spoiled(state, snapshot, folded, error)
  }
  const refusal = await writeBatch(state, run, { snapshot, folded, entry, asOf: arrivals() })
  if (refusal) spoiled(state, snapshot, folded, refusal.error)
}

/** The record as it is. Undefined when the store could not tell, and what waits may wait again. */
async function read(state: PathState, run: Run, arrivals: () => number): Promise<Snapshot | undefined> {
  const { filesystem, path, runtime, queue } = state
  for (let failures = 1; ; failures++) {
    const startedMs = runtime.monotonicMs()
    const asOf = arrivals()
    const before = state.snapshot
    try {
      const head = await outside(run, runtime, async () => await filesystem.get(path, { lane: queue.lane }))
      queue.first?.trace.read(startedMs, queue.first.progress.attempts + 1, head)
      const snapshot = new Snapshot(head, asOf)
      state.learn(before, snapshot)
      return snapshot
    } catch (error) {
      // Who waits behind a stalled read is served by another, and hears from that one.
      if (run.stalled) return undefined
      if (!isUnavailable(error)) {
        for (const update of queue.takeArrived(asOf)) update.fail(update.progress.translate(error))
        return undefined
      }
      queue.noteFailure(error)
    }
    const wait = busyWait(failures, state.serviceMs, runtime.random())
    await pause(runtime, wait.planMs)
    if (run.stalled || queue.isEmpty) return undefined
  }
}

/** The folded value cannot be written. In a batch the update at fault is found by halving, so that only it fails. */
function spoiled(state: PathState, snapshot: Snapshot, folded: Fold, error: unknown): void {
  const updates = folded.folded.map(({ update }) => update)
  if (updates.length === 1) {
    state.wholeAgain()
    return conclude(state, snapshot, failedWith(updates, error))
  }
  state.halve(updates.length)
  state.queue.giveBack(updates)
}

/** Settles updates that changed nothing, over a state that was the record within their calls. The others go again. */
function conclude(state: PathState, snapshot: Snapshot, folded: Fold['folded']): void {
  const doubtful: PendingUpdate[] = []
  for (const { update, answer } of folded) {
    if (update.arrival <= snapshot.asOf) update.answer(answer, snapshot.version)
    else doubtful.push(update)
  }
  if (doubtful.length === 0) return
  state.forget(snapshot)
  state.queue.giveBack(doubtful)
}

function failedWith(updates: readonly PendingUpdate[], cause: unknown): Fold['folded'] {
  return updates.map((update) => {
    const error = cause instanceof FilesystemError ? update.progress.translate(cause) : cause
    const answer: Answer = { type: 'failed', error }
    return { update, answer }
  })
}
