import type { LogPage, StoreAct } from '@latchless/filesystem'
import { CompactedError, STORE_PAGE_SIZE_DEFAULT, STORE_PAGE_SIZE_MAX } from '@latchless/filesystem'
import { parseEvent, pendingEvents } from './budget/events.ts'
import type { BudgetTreeRecord } from './budget/tree.ts'
import { EMPTY_TREE } from './budget/tree-record.ts'
import { refuse } from './errors.ts'
import type { LedgerEvent } from './ledger-event.ts'
import { LEDGER } from './ledger-event.ts'

export interface LedgerPage {
  /** Empty when nothing has happened since. */
  readonly items: readonly LedgerEvent[]
  /** Give it as `cursor` to go on behind this page, now or when more has happened. */
  readonly next: string
}

export interface LedgerOptions {
  /** 1 to `STORE_PAGE_SIZE_MAX`; default `STORE_PAGE_SIZE_DEFAULT`. */
  readonly limit?: number | undefined
  /** `next` of the page before. Default: the oldest event that is kept. */
  readonly cursor?: string | undefined
}

/** Where a reader of the ledger is: behind this entry of the log and this number of an event. */
interface Place {
  readonly after: number | undefined
  readonly number: number
}

/**
 * One page of the ledger, each event once. What the log does not hold yet follows from the tree, so that nothing that has
 * happened is missing.
 */
export async function readLedger(
  act: StoreAct,
  tree: BudgetTreeRecord,
  { limit = STORE_PAGE_SIZE_DEFAULT, cursor }: LedgerOptions,
): Promise<LedgerPage> {
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= STORE_PAGE_SIZE_MAX)) {
    throw refuse('invalid-argument', act, `the limit must be a whole number from 1 to ${STORE_PAGE_SIZE_MAX}`)
  }
  let place = cursor === undefined ? { after: undefined, number: 0 } : decodePlace(act, cursor)
  // The tree is read first: what it has handed on by then is in the log by now.
  const waiting = pendingEvents(act, (await tree.read(act)) ?? EMPTY_TREE)
  const items: LedgerEvent[] = []
  while (items.length < limit) {
    const page = await readLog(act, tree, place, limit - items.length)
    for (const { sequence, body } of page.entries) {
      const event = parseEvent(act, Buffer.from(body).toString('utf8'))
      // A number that was told before is a repetition after a crash.
      const isNew = event.number > place.number
      if (isNew) items.push(event)
      place = { after: sequence, number: isNew ? event.number : place.number }
    }
    if (page.next === undefined) break
  }
  const behind = waiting.filter(({ number }) => number > place.number)
  const room = behind.slice(0, limit - items.length)
  items.push(...room)
  place = { ...place, number: room.at(-1)?.number ?? place.number }
  return { items, next: encodePlace(place) }
}

async function readLog(act: StoreAct, tree: BudgetTreeRecord, { after }: Place, limit: number): Promise<LogPage> {
  return tree.records.run(act, async (filesystem) => {
    try {
      return await filesystem.read(LEDGER, { after, limit })
    } catch (error) {
      // What was removed by its age is gone on purpose: go on with the oldest that is left.
      if (error instanceof CompactedError) return filesystem.read(LEDGER, { limit })
      throw error
    }
  })
}

function encodePlace({ after, number }: Place): string {
  return Buffer.from(JSON.stringify([after ?? 0, number]), 'utf8').toString('base64url')
}

function decodePlace(act: StoreAct, cursor: string): Place {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (Array.isArray(parts) && parts.length === 2 && parts.every((part) => Number.isSafeInteger(part) && part >= 0)) {
      const [after, number] = parts as [number, number]
      return { after: after === 0 ? undefined : after, number }
    }
  } catch {
    // Answered below, like every other text that is no cursor.
  }
  throw refuse('invalid-argument', act, 'the cursor must be the one that came with the page before')
}
