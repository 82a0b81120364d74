import type { StoreAct } from '@latchless/filesystem'
import { refuse } from '../errors.ts'
import type { GateResolution } from '../gate/gate-record.ts'
import type { LedgerEvent, LedgerFact } from '../ledger-event.ts'
import { ledgerEventSchema } from '../ledger-event.ts'
import type { Reservation } from './reservation.ts'
import type { BudgetTree } from './tree-record.ts'
import { PENDING_EVENTS_MAX } from './tree-record.ts'

/**
 * The tree with one more event for the ledger.
 *
 * @throws {BudgetError} `ledger-behind` when as many wait as may, `invalid-argument` for one that nobody could read again.
 */
export function tell(act: StoreAct, tree: BudgetTree, at: number, fact: LedgerFact): BudgetTree {
  if (tree.pending.length >= PENDING_EVENTS_MAX) {
    throw refuse('ledger-behind', act, `${PENDING_EVENTS_MAX} events wait for the ledger already`, { retry: 'safe' })
  }
  const event: LedgerEvent = { ...fact, number: lastNumber(tree) + 1, at }
  const parsed = ledgerEventSchema.safeParse(event)
  if (!parsed.success) {
    throw refuse('invalid-argument', act, 'the ledger cannot hold what it would tell of it', { cause: parsed.error })
  }
  return { ...tree, pending: [...tree.pending, JSON.stringify(event)] }
}

/** The number of the last event; 0 when nothing ever happened. */
export function lastNumber(tree: BudgetTree): number {
  return tree.drained + tree.pending.length
}

/** The events that the ledger has not been told yet, oldest first. */
export function pendingEvents(act: StoreAct, tree: BudgetTree): readonly LedgerEvent[] {
  return tree.pending.map((text) => parseEvent(act, text))
}

/** @throws {BudgetError} `corrupt` for text that is no event. */
export function parseEvent(act: StoreAct, text: string): LedgerEvent {
  try {
    return ledgerEventSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw refuse('corrupt', act, 'an event for the ledger is none', { cause })
  }
}

/** What became of a reservation as far as the tree knows: open, or closed by an event that still waits. */
export function knownReservation(act: StoreAct, tree: BudgetTree, id: string): Reservation | undefined {
  const open = tree.open.find((reservation) => reservation.id === id)
  if (open) return open
  const event = newestEvent(act, tree, id, (each) => 'reservation' in each && each.reservation.id === id)
  return event && 'reservation' in event ? event.reservation : undefined
}

/** How a gate ended, if the event of it still waits. */
export function knownResolution(act: StoreAct, tree: BudgetTree, gate: string): GateResolution | undefined {
  const event = newestEvent(act, tree, gate, (each) => each.type === 'gate-resolved' && each.gate === gate)
  return event?.type === 'gate-resolved' ? event.resolution : undefined
}

function newestEvent(
  act: StoreAct,
  tree: BudgetTree,
  id: string,
  matches: (event: LedgerEvent) => boolean,
): LedgerEvent | undefined {
  const quoted = JSON.stringify(id)
  // Only text that holds the id is parsed.
  return tree.pending
    .filter((text) => text.includes(quoted))
    .map((text) => parseEvent(act, text))
    .findLast(matches)
}
