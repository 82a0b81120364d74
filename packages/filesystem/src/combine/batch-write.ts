import type { Wait } from '../backoff.ts'
import { writeOver } from '../conditional-write.ts'
import { FilesystemError } from '../errors.ts'
import type { Entry, WriteOptions, WriteResult } from '../filesystem.ts'
import { WRITE_IDS_KEPT } from '../filesystem.ts'
import type { WaitReason } from '../trace-event.ts'
import { updateInfo } from '../update-options.ts'
import { isUnavailable, ringReachesBack } from '../update-progress.ts'
import { VersionMismatch } from '../version-mismatch.ts'
import type { Fold } from './fold.ts'
import type { PathState, Run } from './path-state.ts'
import { outside, pause } from './path-state.ts'
import type { PendingUpdate } from './pending-update.ts'
import { busyWait } from './policy.ts'
import { Snapshot } from './snapshot.ts'

/** A folded batch, ready to be written over the snapshot that it was folded over. */
export interface Batch {
  readonly snapshot: Snapshot
  readonly folded: Fold
  /** Undefined for a delete. */
  readonly entry: Entry | undefined
  /** The arrivals there were when it was sent. */
  readonly asOf: number
}

/**
 * Sends one batch until it is known whether it landed. After a lost reply the identical write is sent again; what waits
 * behind it is served by others meanwhile. Resolves with an error when the store refuses the batch as it is.
 */
export async function writeBatch(state: PathState, run: Run, batch: Batch): Promise<{ error: unknown } | undefined> {
  const { runtime } = state
  const updates = batch.folded.folded.map(({ update }) => update)
  // Whoever was told since the fold that nothing was written must be right.
  if (updates.some(({ isSettled }) => isSettled)) {
    state.queue.giveBack(updates)
    return undefined
  }
  const [first] = updates
  const options = optionsOf(batch.folded, runtime.randomHex(16))
  for (const update of updates) update.sent(options.writeId)
  let uncertain = false
  for (let failures = 1; ; failures++) {
    const startedMs = runtime.monotonicMs()
    const trace = (out: Parameters<PendingUpdate['trace']['cas']>[4], error?: unknown) => {
      const winner = error instanceof VersionMismatch ? error.current : undefined
      first?.trace.cas(
        startedMs,
        first.progress.attempts,
        batch.snapshot.head,
        options.writeId,
        out,
        winner,
        updates.map((update) => update.trace),
      )
    }
    try {
      const landed = await outside(run, runtime, async () => await sendPatiently(state, run, batch, options))
      if (!run.stalled) state.measured(startedMs)
      trace('won')
      await won(state, batch, landed, updates)
      return undefined
    } catch (error) {
      if (error instanceof VersionMismatch) {
        if (!run.stalled) state.measured(startedMs)
        trace('lost', error)
        await lost(state, batch, updates, error, uncertain || run.stalled)
        return undefined
      }
      for (const { progress } of updates) progress.lastFailure = error
      if (!isUnavailable(error)) {
        trace('error')
        return gaveUp(updates, error, uncertain || run.stalled)
      }
      uncertain ||= error.retry === 'unknown' || run.stalled
      trace(uncertain ? 'unknown' : 'busy')
      if (!uncertain) {
        await busy(state, updates)
        return undefined
      }
    }
    // The path is not held up by a write whose fate is open: whoever else writes finds out what became of it.
    run.leave()
    await waitOut(state, first, 'unknown', busyWait(failures, state.serviceMs, runtime.random()))
    if (updates.every(({ isSettled }) => isSettled)) return undefined
  }
}

/**
 * Sends the write, and once more when the run is left because no answer comes: a connection that hangs must not hold up the
 * batch until its deadline. Both are the identical write, so a second landing is recognised by the writeId, and a lost
 * precondition of either proves that neither can land any more.
 */
async function sendPatiently(state: PathState, run: Run, batch: Batch, options: WriteOptions): Promise<WriteResult> {
  const send = () => writeOver(state.filesystem, state.path, batch.snapshot.head, batch.entry, options)
  const first = send()
  if (run.stalled || !(await isLeft(run, first))) return first
  const second = send()
  const { promise, resolve, reject } = Promise.withResolvers<WriteResult>()
  let failures = 0
  for (const sent of [first, second]) {
    sent.then(resolve, (error: unknown) => {
      if (!isUnavailable(error) || ++failures === 2) reject(error)
    })
  }
  return promise
}

/** Resolves with false when the write is answered, with true when the run is left before. */
function isLeft(run: Run, write: Promise<unknown>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  run.onLeft = () => resolve(true)
  const answered = () => {
    run.onLeft = undefined
    resolve(false)
  }
  write.then(answered, answered)
  return promise
}

async function won(
  state: PathState,
  batch: Batch,
  landed: WriteResult,
  updates: readonly PendingUpdate[],
): Promise<void> {
  const { folded, changed } = batch.folded
  const infos = changed.map(({ options }) => updateInfo(options))
  state.learn(batch.snapshot, Snapshot.written(batch.snapshot, batch.entry, infos, landed, batch.asOf))
  state.wholeAgain()
  for (const { update, answer } of folded) update.answer(answer, landed.version)
  const wait = state.won(state.queue.first)
  if (wait) await waitOut(state, updates[0], 'yield', wait)
}

async function lost(
  state: PathState,
  batch: Batch,
  updates: readonly PendingUpdate[],
  error: VersionMismatch,
  uncertain: boolean,
): Promise<void> {
  // After a lost reply, "not in the ring" means "never landed" only while the ring reaches back to our place in it.
  if (uncertain && !ringReachesBack(batch.snapshot.head, error.current)) {
    const problem = `the record moved on by more than ${WRITE_IDS_KEPT} versions`
    for (const update of updates) update.fail(update.progress.unknownOutcome(problem, error))
    return
  }
  const { fusedConflict } = state.filesystem.capabilities(state.path)
  if (fusedConflict) state.learn(batch.snapshot, new Snapshot(error.current, batch.asOf))
  else state.forget(batch.snapshot)
  const left = updates.filter((update) => update.lost())
  state.queue.giveBack(left)
  await waitOut(state, left[0], 'conflict', state.lost(left[0]))
}

/** The store refused for the moment; nothing was written. The updates are folded anew, without those that have ended. */
async function busy(state: PathState, updates: readonly PendingUpdate[]): Promise<void> {
  // Being told to come later is no attempt.
  for (const { progress } of updates) progress.attempts--
  state.queue.giveBack(updates.filter((update) => update.refused()))
  await waitOut(state, updates[0], 'busy', state.busy())
}

/** The first update of a batch tells of its waits. */
async function waitOut(state: PathState, first: PendingUpdate | undefined, why: WaitReason, wait: Wait): Promise<void> {
  const startedMs = state.runtime.monotonicMs()
  await pause(state.runtime, wait.planMs)
  first?.trace.wait(startedMs, first.progress.attempts, why, wait)
}

/** Codes with which a store refuses the bytes, and not the write. One update of the batch may be at fault. */
const refusals: ReadonlySet<string> = new Set(['too-large', 'invalid-argument', 'invalid-record'])

function gaveUp(updates: readonly PendingUpdate[], error: unknown, uncertain: boolean): { error: unknown } | undefined {
  if (uncertain) {
    const problem = 'the store failed before it could tell'
    for (const update of updates) update.fail(update.progress.unknownOutcome(problem, error))
    return undefined
  }
  // Only a refusal proves that nothing landed. Any other failure is told as it is, also to who has aborted meanwhile.
  const refused = error instanceof FilesystemError && error.retry !== 'unknown'
  if (refused) for (const update of updates) update.refused()
  if (refused && refusals.has(error.code)) return { error }
  for (const update of updates) update.fail(update.progress.translate(error))
  return undefined
}

function optionsOf({ folded, changed }: Fold, writeId: string): WriteOptions & { readonly writeId: string } {
  const [first] = changed
  return {
    writeId,
    lane: folded.some(({ update }) => update.options.lane === 'critical') ? 'critical' : 'normal',
    keepVersions: first?.codec.keepVersions,
    writer: first?.options.writer,
    updates: changed.map(({ options }) => updateInfo(options)),
  }
}
