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
 * @throws {BudgetError} `ledger-behind` when as many wait as may.
 */
export function tell(act: StoreAct, tree: BudgetTree, at: number, fact: LedgerFact): BudgetTree {
  if (tree.pending.length >= PENDING_EVENTS_MAX) {
    throw refuse('ledger-behind', act, `${PENDING_EVENTS_MAX} events wait for the ledger already`, { retry: 'safe' })
  }
  const event: LedgerEvent = { ...fact, number: lastNumber(tree) + 1, at }
  return { ...tree, pending: [...tree.pending, JSON.stringify(event)] }
}

/** The number of the last event; 0 when nothing ever happened. */
export function lastNumber(tree: BudgetTree): number {
  return tree.drained + tree.pending.length
}

/** The events that the ledger has not been told yet, oldest first. */
export function pendingEvents(tree: BudgetTree): readonly LedgerEvent[] {
  return tree.pending.map(parseEvent)
}

export function parseEvent(text: string): LedgerEvent {
  return ledgerEventSchema.parse(JSON.parse(text))
}

/** What became of a reservation as far as the tree knows: open, or closed by an event that still waits. */
export function knownReservation(tree: BudgetTree, id: string): Reservation | undefined {
  const open = tree.open.find((reservation) => reservation.id === id)
  if (open) return open
  const event = newestEvent(tree, id, (each) => 'reservation' in each && each.reservation.id === id)
  return event && 'reservation' in event ? event.reservation : undefined
}

/** How a gate ended, if the event of it still waits. */
export function knownResolution(tree: BudgetTree, gate: string): GateResolution | undefined {
  const event = newestEvent(tree, gate, (each) => each.type === 'gate-resolved' && each.gate === gate)
  return event?.type === 'gate-resolved' ? event.resolution : undefined
}

function newestEvent(tree: BudgetTree, id: string, matches: (event: LedgerEvent) => boolean): LedgerEvent | undefined {
  const quoted = JSON.stringify(id)
  // Only text that holds the id is parsed.
  return tree.pending
    .filter((text) => text.includes(quoted))
    .map(parseEvent)
    .findLast(matches)
}
