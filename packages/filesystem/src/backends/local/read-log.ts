import { trimmedEntries } from '../../errors.ts'
import type { LogEntry, LogPage } from '../../filesystem.ts'
import { PageBudget } from '../../page-budget.ts'
import type { Batch } from './batch-file.ts'
import { corrupt } from './disk-failure.ts'
import { damagedBatch, readBatch, readLogHead } from './log-head.ts'
import type { LogHead } from './log-head.ts'
import { SCANS_MAX } from './read-record.ts'
import type { LocalStore, LogPlace } from './store.ts'

/**
 * A page of a log. Costs finding its end, finding the first batch of the page (nothing for a reader that goes on where it
 * stopped, otherwise the headers of about the logarithm of the batches), and reading the batches of the page. It ends early
 * when its entries are large.
 *
 * @throws {CompactedError} when entries behind `after` were trimmed.
 */
export async function readLog(
  store: LocalStore,
  place: LogPlace,
  after: number | undefined,
  limit: number,
): Promise<LogPage> {
  // Each repetition takes a trim that removed what was about to be read.
  for (let attempt = 0; attempt < SCANS_MAX; attempt++) {
    const head = await readLogHead(store, 'read', place)
    const { oldest, last } = head.newest
    if (after !== undefined && after + 1 < oldest) throw trimmedEntries(place.path, after, oldest)
    const start = after === undefined ? oldest : after + 1
    if (start > last) return { entries: [] }
    const entries = await readEntries(store, place, head, start, limit)
    if (!entries) continue
    const end = entries.at(-1)
    return end && end.sequence < last ? { entries, next: end.sequence } : { entries }
  }
  throw corrupt('read', place.path, 'batches of its log are missing; restore it from a backup')
}

/**
 * The number of the batch that holds an entry which is in the log: the oldest whose last entry is not before it.
 * `undefined` when a trim removed what it looked at.
 */
export async function findBatch(
  store: LocalStore,
  operation: string,
  place: LogPlace,
  { top, newest }: LogHead,
  sequence: number,
): Promise<number | undefined> {
  if (sequence >= newest.first) return newest.batch
  const before = place.ends.get(sequence - 1)
  if (before !== undefined) return Math.max(before + 1, newest.floor)
  let low = Math.max(1, newest.floor)
  let high = Math.min(top, newest.batch)
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const found = await readWhole(store, operation, place, middle, high)
    if (!found) return undefined
    if (found.last >= sequence) high = middle
    else low = found.batch + 1
  }
  return low
}

/** The header of a batch, or of the next whole one; `undefined` when it is gone. */
async function readWhole(
  store: LocalStore,
  operation: string,
  place: LogPlace,
  from: number,
  to: number,
): Promise<Batch | undefined> {
  for (let number = from; number <= to; number++) {
    const decoded = await readBatch(store, place, number, 'header')
    if (decoded === undefined || decoded.type === 'valid') return decoded?.batch
    if (store.durable || !decoded.torn) throw damagedBatch(operation, place, number, decoded.problem)
  }
  throw corrupt(operation, place.path, `batch ${to} of its log is damaged; restore it from a backup`)
}

/** `undefined` when a trim removed a batch that was to be read. */
async function readEntries(
  store: LocalStore,
  place: LogPlace,
  head: LogHead,
  start: number,
  limit: number,
): Promise<LogEntry[] | undefined> {
  const first = await findBatch(store, 'read', place, head, start)
  if (first === undefined) return undefined
  const entries: LogEntry[] = []
  const budget = new PageBudget(limit)
  for (let number = first; number <= head.newest.batch && !budget.isSpent; number++) {
    const decoded = await readBatch(store, place, number, 'all')
    if (decoded === undefined) return undefined
    if (decoded.type === 'damaged') {
      // A torn batch had a successor made in its place, if the power cut left nothing else torn: the numbers tell.
      if (store.durable || !decoded.torn) throw damagedBatch('read', place, number, decoded.problem)
      continue
    }
    const { batch, bodies } = decoded
    if (bodies.length > 0 && batch.first > start + entries.length) {
      throw corrupt(
        'read',
        place.path,
        `entry ${start + entries.length} of its log is missing; restore it from a backup`,
      )
    }
    if (batch.last <= start + limit - 1) place.ends.set(batch.last, number)
    for (const [at, body] of bodies.entries()) {
      const sequence = batch.first + at
      if (sequence < start || budget.isSpent) continue
      budget.take(body.length)
      entries.push({ sequence, body, time: batch.time })
    }
  }
  return entries
}
