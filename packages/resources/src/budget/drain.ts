import type { StoreAct } from '@latchless/filesystem'
import { noop, write } from '@latchless/filesystem'
import type { GateResolution } from '../gate/gate-record.ts'
import { Gate, gatePath } from '../gate/gate-record.ts'
import type { LedgerEvent } from '../ledger-event.ts'
import { LEDGER } from '../ledger-event.ts'
import { pendingEvents } from './events.ts'
import type { Reservation } from './reservation.ts'
import { ClosedReservation, reservationPath } from './reservation.ts'
import type { BudgetRecords } from './tree.ts'
import type { BudgetTree } from './tree-record.ts'

/** Records written at a time. */
const RECORDS_AT_ONCE = 32
/** Entries of one append to the ledger: they stay well within the limits of every filesystem. */
const ENTRIES_AT_ONCE = 128

/**
 * Writes what events tell to the records beside the tree, then appends the events to the ledger. Each step may be repeated: a
 * record that knows is left alone, and readers of the ledger skip numbers they have seen.
 */
export async function drainEvents(act: StoreAct, records: BudgetRecords, tree: BudgetTree): Promise<void> {
  const writes = pendingEvents(tree).flatMap((event) => besideOf(act, records, event))
  for (let from = 0; from < writes.length; from += RECORDS_AT_ONCE) {
    await Promise.all(writes.slice(from, from + RECORDS_AT_ONCE).map(async (start) => start()))
  }
  // A crash here leaves the events in the tree: they are handed on again, and the records above already know.
  for (let from = 0; from < tree.pending.length; from += ENTRIES_AT_ONCE) {
    const bodies = tree.pending.slice(from, from + ENTRIES_AT_ONCE).map((text) => Buffer.from(text, 'utf8'))
    await records.run(act, async (filesystem) => filesystem.append(LEDGER, bodies))
  }
  // A crash here leaves entries that are in the ledger and in the tree: the ledger gets them twice and tells them once.
}

function besideOf(act: StoreAct, records: BudgetRecords, event: LedgerEvent): readonly (() => Promise<void>)[] {
  if (event.type === 'gate-resolved') return [() => endGate(act, records, event.gate, event.resolution)]
  const isClosed = 'reservation' in event && event.reservation.closedAt !== undefined
  return isClosed ? [() => keepClosed(act, records, event.reservation)] : []
}

async function keepClosed(act: StoreAct, records: BudgetRecords, reservation: Reservation): Promise<void> {
  await records.update(act, reservationPath(reservation.id), ClosedReservation, (current) => {
    // The only way on from a closed reservation is the late settlement of an expired one.
    const settles = current?.status === 'expired' && reservation.status === 'reconciled'
    return current === undefined || settles ? write(reservation) : noop()
  })
}

async function endGate(act: StoreAct, records: BudgetRecords, id: string, resolution: GateResolution): Promise<void> {
  await records.update(act, gatePath(id), Gate, (gate) =>
    gate?.status === 'pending' ? write({ ...gate, status: resolution.status, resolution }) : noop(),
  )
}
