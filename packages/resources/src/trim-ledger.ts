import type { StoreAct } from '@latchless/filesystem'
import { parseEvent } from './budget/events.ts'
import type { BudgetTreeRecord } from './budget/tree.ts'
import { LEDGER } from './ledger-event.ts'

/** How long the ledger keeps an event, 90 days in milliseconds. */
export const LEDGER_KEEP_MS: number = 90 * 24 * 60 * 60 * 1000

/** Removes the oldest entries of the ledger that are over: up to `limit`, and what repeats them. Resolves with their number. */
export async function trimLedger(act: StoreAct, tree: BudgetTreeRecord, now: number, limit: number): Promise<number> {
  return tree.records.run(act, async (filesystem) => {
    let { entries } = await filesystem.read(LEDGER, { limit })
    const kept = entries.findIndex(({ time }) => time >= now - LEDGER_KEEP_MS)
    let trimmed = kept === -1 ? entries.length : kept
    if (trimmed === 0) return 0
    const newest = Math.max(...entries.slice(0, trimmed).map(({ body }) => numberOf(act, body) ?? 0))
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
  })
}

function isRepetition(act: StoreAct, body: Uint8Array | undefined, newest: number): boolean {
  const number = body && numberOf(act, body)
  return number !== undefined && number <= newest
}

/** The number of an event; `undefined` for bytes that are none, which go by their age only. */
function numberOf(act: StoreAct, body: Uint8Array): number | undefined {
  try {
    return parseEvent(act, Buffer.from(body).toString('utf8')).number
  } catch {
    return undefined
  }
}
