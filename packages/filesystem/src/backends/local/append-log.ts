import { checkSignal } from '../../entry.ts'
import { FilesystemError } from '../../errors.ts'
import type { AppendResult, Writer } from '../../filesystem.ts'
import { operationPhrase } from '../../operation-phrase.ts'
import type { Batch } from './batch-file.ts'
import { encodeBatchFile } from './batch-file.ts'
import { createPlace } from './create-place.ts'
import { unknownOutcome } from './disk-failure.ts'
import { logDirectoryOf } from './layout.ts'
import type { LogHead } from './log-head.ts'
import { readLogHead } from './log-head.ts'
import { fillTemporary, publish } from './publish.ts'
import { findBatch } from './read-log.ts'
import { removeVersions } from './remove-versions.ts'
import { settleVersion } from './retention.ts'
import type { LocalStore, LogPlace } from './store.ts'
import type { Temporary } from './temporary.ts'
import { createTemporary, discard } from './temporary.ts'

/** An append has no precondition, so it only ends early in a storm that somebody has to look at. */
const ATTEMPTS_MAX = 1000
const WAIT_MS_MAX = 64

/** Who changes a log, and when. */
export interface LogWrite {
  readonly operation: 'append' | 'trim'
  readonly log: string
  readonly writer: Writer
  readonly time: number
  readonly signal: AbortSignal | undefined
}

/** What becomes of the log; `undefined` when nothing has to be written, `again` when the head is not the newest any more. */
type Plan = (head: LogHead) => Promise<NewBatch | undefined | 'again'>
interface NewBatch {
  readonly batch: Batch
  readonly bodies: readonly Uint8Array[]
}

/**
 * Appends entries as one batch: lock-free, decided by one link(2), as a write of a record is (the steps are the same). Who
 * loses the race appends behind the winner.
 */
export async function appendBatch(
  store: LocalStore,
  write: LogWrite,
  bodies: readonly Uint8Array[],
): Promise<AppendResult> {
  const place = (await store.locateLog('append', write.log)) ?? (await createLog(store, write.log))
  const written = await writeBatch(store, place, write, async ({ top, newest }) => ({
    batch: { ...follow(top, newest, write), last: newest.last + bodies.length, lengths: bodies.map(lengthOf) },
    bodies,
  }))
  // The plan of an append always is to write.
  if (!written) throw new TypeError(`Cannot append to ${JSON.stringify(write.log)}: an append always writes`)
  return { first: written.first, last: written.last }
}

/**
 * Forgets the entries before a sequence: a batch without entries says so, which is the instant of the trim, and then the
 * files go. Costs a listing of the log's directory. What a crash leaves is removed by the next trim or by maintenance.
 *
 * A batch is never rewritten: its trimmed entries are not shown any more, but their bytes stay on disk until a trim forgets the
 * whole batch. Appends that came together share one, so a caller cannot tell which those are.
 */
export async function trimLog(store: LocalStore, write: LogWrite, before: number): Promise<void> {
  const place = await store.locateLog('trim', write.log)
  if (!place) return
  const written = await writeBatch(store, place, write, async (head) => {
    const { top, newest } = head
    const oldest = Math.min(before, newest.last + 1)
    if (oldest <= newest.oldest) return undefined
    // The newest batch always stays, so that the numbering goes on: where all is trimmed it is this one.
    const floor = oldest > newest.last ? top + 1 : await findBatch(store, 'trim', place, head, oldest)
    if (floor === undefined) return 'again'
    return { batch: { ...follow(top, newest, write), oldest, floor }, bodies: [] }
  })
  const newest = written ?? (await readLogHead(store, 'trim', place)).newest
  try {
    await removeTrimmed(store, place, newest)
  } catch (error) {
    throw unknownOutcome('trim', write.log, 'the trimmed entries could not be removed', error)
  }
}

/** Removes the batches that a trim left behind. */
async function removeTrimmed(store: LocalStore, place: LogPlace, newest: Batch): Promise<void> {
  if (newest.floor === 0) return
  await settleVersion(store, place, newest.batch)
  await removeVersions(store, place, newest.floor)
  if (store.durable) await store.syncDirectory(place.versions)
}

async function createLog(store: LocalStore, log: string): Promise<LogPlace> {
  return await createPlace(store, 'append', log, logDirectoryOf(log), async () => store.locateLog('append', log))
}

/** The next batch, without entries, with everything else as it is. */
function follow(top: number, newest: Batch, { writer, time }: LogWrite): Batch {
  const { last, oldest, floor } = newest
  return { batch: top + 1, first: last + 1, last, oldest, floor: Math.max(1, floor), lengths: [], writer, time }
}

async function writeBatch(store: LocalStore, place: LogPlace, write: LogWrite, plan: Plan): Promise<Batch | undefined> {
  const { operation, log, signal } = write
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    if (attempt > 1) await store.runtime.sleep(store.runtime.random() * Math.min(WAIT_MS_MAX, 2 ** attempt))
    checkSignal(operation, log, signal)
    const written = await tryOnce(store, place, write, plan)
    if (written !== 'lost') return written
  }
  throw new FilesystemError(
    'unavailable',
    `Cannot ${operationPhrase(operation)} ${JSON.stringify(log)}: ${ATTEMPTS_MAX} attempts lost to other writers; try again later`,
    { path: log, operation, retry: 'safe' },
  )
}

/** One attempt with one temporary. `lost` when the name was taken or the temporary revoked: nothing was written. */
async function tryOnce(
  store: LocalStore,
  place: LogPlace,
  { operation, signal }: LogWrite,
  plan: Plan,
): Promise<Batch | 'lost' | undefined> {
  // Held in an object, so that whatever fails later finds it.
  const own: { temporary?: Temporary | undefined } = {}
  const announce = async (): Promise<void> => {
    own.temporary = await createTemporary(store, place)
  }
  try {
    const head = await store.steps.prepare(announce, async () => await readLogHead(store, operation, place))
    const next = await plan(head)
    const target = { operation, place, sequence: head.top + 1, isFirst: head.newest.batch === 0, signal }
    const { temporary } = own
    const ready =
      typeof next === 'object' &&
      temporary !== undefined &&
      (await fillTemporary(store, target, temporary, encodeBatchFile(next.batch, next.bodies)))
    if (!ready) {
      await discard(store, temporary)
      return next === undefined ? undefined : 'lost'
    }
    return (await publish(store, target, temporary)) ? next.batch : 'lost'
  } catch (error) {
    await discard(store, own.temporary)
    throw error
  }
}

function lengthOf(body: Uint8Array): number {
  return body.length
}
