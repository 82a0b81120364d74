import type { StoreAct, StorePage } from '@latchless/filesystem'
import { STORE_PAGE_SIZE_DEFAULT, STORE_PAGE_SIZE_MAX } from '@latchless/filesystem'
import type { BudgetScope } from '../accounts.ts'
import { checkWithin, isWithin } from '../accounts.ts'
import { refuse } from '../errors.ts'
import type { Reservation } from './reservation.ts'
import type { BudgetTree } from './tree-record.ts'

export interface OpenReservationsOptions {
  /** Reservations outside of this scope are left out. */
  readonly within?: BudgetScope | undefined
  /** 1 to `STORE_PAGE_SIZE_MAX`; default `STORE_PAGE_SIZE_DEFAULT`. */
  readonly limit?: number | undefined
  /** `next` of the page before. */
  readonly cursor?: string | undefined
}

interface Asked {
  readonly within: BudgetScope | undefined
  readonly limit: number
  /** The number of the last reservation of the page before. */
  readonly after: number
}

/** @throws {BudgetError} `invalid-argument`. */
export function checkOpenReservations(act: StoreAct, options: OpenReservationsOptions): Asked {
  const { limit = STORE_PAGE_SIZE_DEFAULT, cursor = '0' } = options
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= STORE_PAGE_SIZE_MAX)) {
    throw refuse('invalid-argument', act, `the limit must be a whole number from 1 to ${STORE_PAGE_SIZE_MAX}`)
  }
  if (!/^\d{1,16}$/.test(cursor)) {
    throw refuse('invalid-argument', act, 'the cursor must be the one that came with the page before')
  }
  return { within: checkWithin(act, options.within), limit, after: Number(cursor) }
}

/** Open reservations are in the order of their numbers, so that a page goes on where the one before ended, whatever was closed. */
export function pageOfOpen(
  tree: BudgetTree | undefined,
  { within, limit, after }: Asked,
  now: number,
): StorePage<Reservation> {
  const behind =
    tree?.open.filter(({ number, scope, expiresAt }) => number > after && now < expiresAt && isWithin(scope, within)) ??
    []
  const items = behind.slice(0, limit)
  const last = items.at(-1)
  return last && behind.length > limit ? { items, next: String(last.number) } : { items }
}
