import type { Filesystem, LogEntry, StoreAct } from '@latchless/filesystem'
import { CompactedError } from '@latchless/filesystem'
import { parseEvent } from './budget/events.ts'
import type { BudgetTreeRecord } from './budget/tree.ts'
import type { LedgerEvent } from './ledger-event.ts'
import { LEDGER } from './ledger-event.ts'

/** How long the ledger keeps an event, 90 days in milliseconds. */
export const LEDGER_KEEP_MS: number = 90 * 24 * 60 * 60 * 1000

/** Removes the oldest entries of the ledger that are over: up to `limit`, and what repeats them. Resolves with their number. */
export async function trimLedger(act: StoreAct, tree: BudgetTreeRecord, now: number, limit: number): Promise<number> {
  return tree.records.run(act, async (filesystem) => {
    try {
      return await trimOldest(act, filesystem, now, limit)
    } catch (error) {
      // Another sweep has removed what this one looked at.
      if (error instanceof CompactedError) return 0
      throw error
    }
  })
}

async function trimOldest(act: StoreAct, filesystem: Filesystem, now: number, limit: number): Promise<number> {
  let { entries } = await filesystem.read(LEDGER, { limit })
  const kept = entries.findIndex((entry) => timeOf(act, entry, now) >= now - LEDGER_KEEP_MS)
  let trimmed = kept === -1 ? entries.length : kept
  if (trimmed === 0) return 0
  const newest = Math.max(...entries.slice(0, trimmed).map(({ body }) => eventOf(act, body)?.number ?? 0))
  // Who hands on late leaves old events behind newer ones. Left alone, they would be told as the oldest, with a hole behind.
  for (;;) {
    while (trimmed < entries.length && isRepetition(act, entries[trimmed]?.body, newest)) trimmed++
    if (trimmed < entries.length) break
    const more = await filesystem.read(LEDGER, { after: entries.at(-1)?.sequence, limit })
    if (more.entries.length === 0) break
    entries = [...entries, ...more.entries]
  }
  await filesystem.trim(LEDGER, (entries[trimmed - 1]?.sequence ?? 0) + 1)
  return trimmed
}

// The clock that tells how old an event is should be the one that dated it. What is no event, or comes from a clock that is
// ahead, goes by when it came into the log.
function timeOf(act: StoreAct, { body, time }: LogEntry, now: number): number {
  const at = eventOf(act, body)?.at ?? time
  return at <= now ? at : time
}

function isRepetition(act: StoreAct, body: Uint8Array | undefined, newest: number): boolean {
  const number = body && eventOf(act, body)?.number
  return number !== undefined && number <= newest
}

/** An event of the ledger; `undefined` for bytes that are none. */
function eventOf(act: StoreAct, body: Uint8Array): LedgerEvent | undefined {
  try {
    return parseEvent(act, Buffer.from(body).toString('utf8'))
  } catch {
    return undefined
  }
}
