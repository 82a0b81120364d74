import type { Limits, StoreAct } from '@latchless/filesystem'
import { noop, write } from '@latchless/filesystem'
import type { DamagedRecord } from '../damaged-record.ts'
import { damageOf } from '../damaged-record.ts'
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

/**
 * Writes what events tell to the records beside the tree, then appends the events to the ledger. Each step may be repeated: a
 * record that knows is left alone, and readers of the ledger skip numbers they have seen. A damaged record keeps no event from the
 * ledger: whoever asks for it later gets the error, and so neither a grant nor an approval.
 */
export async function drainEvents(
  act: StoreAct,
  records: BudgetRecords,
  tree: BudgetTree,
): Promise<readonly DamagedRecord[]> {
  const writes = pendingEvents(act, tree).flatMap((event) => besideOf(act, records, event))
  const damaged: DamagedRecord[] = []
  for (let from = 0; from < writes.length; from += RECORDS_AT_ONCE) {
    const results = await Promise.all(writes.slice(from, from + RECORDS_AT_ONCE).map(damageBy))
    damaged.push(...results.flat())
  }
  // A crash here leaves the events in the tree: they are handed on again, and the records above already know.
  await records.run(act, async (filesystem) => {
    const { limits } = filesystem.capabilities(LEDGER)
    for (const bodies of appendsOf(tree.pending, limits)) await filesystem.append(LEDGER, bodies)
  })
  // A crash here leaves entries that are in the ledger and in the tree: the ledger gets them twice and tells them once.
  return damaged
}

/** Events as bodies for the ledger, in as few appends as its filesystem takes. Where records may be as large, each fits by itself. */
function appendsOf(pending: readonly string[], { appendEntriesMax, bodyBytesMax }: Limits): readonly Uint8Array[][] {
  const appends: Uint8Array[][] = []
  let room = 0
  for (const text of pending) {
    const body = Buffer.from(text, 'utf8')
    const last = appends.at(-1)
    if (last && last.length < appendEntriesMax && body.length <= room) last.push(body)
    else {
      appends.push([body])
      room = bodyBytesMax
    }
    room -= body.length
  }
  return appends
}

/** A step that writes one record; `isShort` leaves out all that the record can do without. */
interface RecordWrite {
  readonly type: DamagedRecord['type']
  readonly id: string
  readonly run: (isShort: boolean) => Promise<unknown>
}

async function damageBy({ type, id, run }: RecordWrite): Promise<readonly DamagedRecord[]> {
  try {
    // A record that is full must still be told that it has ended, or it could be ended again.
    await run(false).catch(async (error: unknown) =>
      damageOf(error) === 'too-large' ? run(true) : Promise.reject(error),
    )
    return []
  } catch (error) {
    const code = damageOf(error)
    if (code === undefined) throw error
    return [{ type, id, code }]
  }
}

function besideOf(act: StoreAct, records: BudgetRecords, event: LedgerEvent): readonly RecordWrite[] {
  if (event.type === 'gate-resolved') {
    const { gate, resolution } = event
    return [{ type: 'gate', id: gate, run: async (isShort) => endGate(act, records, gate, resolution, isShort) }]
  }
  if (!('reservation' in event) || event.reservation.closedAt === undefined) return []
  const { reservation } = event
  return [
    {
      type: 'reservation',
      id: reservation.id,
      run: async (isShort) => keepClosed(act, records, isShort ? { ...reservation, findings: [] } : reservation),
    },
  ]
}

async function keepClosed(act: StoreAct, records: BudgetRecords, reservation: Reservation): Promise<void> {
  await records.update(act, reservationPath(reservation.id), ClosedReservation, (current) => {
    // The only way on from a closed reservation is the late settlement of an expired one.
    const settles = current?.status === 'expired' && reservation.status === 'reconciled'
    return current === undefined || settles ? write(reservation) : noop()
  })
}

async function endGate(
  act: StoreAct,
  records: BudgetRecords,
  id: string,
  resolution: GateResolution,
  isShort: boolean,
): Promise<void> {
  await records.update(act, gatePath(id), Gate, (gate) => {
    if (gate?.status !== 'pending') return noop()
    return write({ ...gate, ...(isShort ? { findings: [] } : {}), status: resolution.status, resolution })
  })
}
