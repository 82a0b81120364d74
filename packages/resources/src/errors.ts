import type { StoreAct, StoreErrorDetails, StoreFailureCode } from '@latchless/filesystem'
import { actPhrase, StoreError } from '@latchless/filesystem'
import type { SweepReport } from './sweep.ts'

/**
 * What budgets refuse, and what the caller does now; the codes that all stores share are those of `StoreFailureCode`:
 * - `invalid-amount`: an amount, or a total with what is asked for, is no whole number from 0 to 2^53 - 1; correct it. Nothing
 *   was written.
 * - `invalid-limits`: limits, period or thresholds make no sense; correct them. Nothing was written.
 * - `too-many-accounts`: as many accounts have limits as one tree holds, by number or by size; remove those that are over.
 * - `too-many-reservations`: the tree has no room for another one, by number or by size; come back when some are closed.
 * - `unknown-time-zone`: this program does not know the time zone of an account's limits; update it, or remove the limits.
 * - `ledger-behind`: the ledger takes no entries, so nothing may change; see why appending to it fails, then try again.
 * - `reservation-conflict`: the id was used for another scope or estimate; draw a new one.
 * - `unknown-reservation`: there is none of this id within this scope.
 * - `reservation-closed`: it was closed before; `status` says how.
 * - `gate-conflict`: the id was used for another gate; draw a new one.
 * - `unknown-gate`: there is none of this id within this scope.
 * - `gate-resolved`: somebody else was first; `status` says how it ended.
 * - `gate-overdue`: it expired before it was resolved; open a new one.
 */
export type BudgetErrorCode =
  | 'invalid-amount'
  | 'invalid-limits'
  | 'unknown-time-zone'
  | 'too-many-accounts'
  | 'too-many-reservations'
  | 'ledger-behind'
  | 'reservation-conflict'
  | 'unknown-reservation'
  | 'reservation-closed'
  | 'gate-conflict'
  | 'unknown-gate'
  | 'gate-resolved'
  | 'gate-overdue'

export interface BudgetErrorDetails extends StoreErrorDetails {
  readonly status?: string | undefined
  readonly report?: SweepReport | undefined
}

export class BudgetError extends StoreError<BudgetErrorCode> {
  static {
    this.prototype.name = 'BudgetError'
  }
  /** How it was closed before, with `reservation-closed` and `gate-resolved`. */
  readonly status: string | undefined
  /** What a sweep did although one of its steps failed. */
  readonly report: SweepReport | undefined

  constructor(
    code: BudgetErrorCode | StoreFailureCode,
    message: string,
    { status, report, ...details }: BudgetErrorDetails,
  ) {
    super(code, message, details)
    this.status = status
    this.report = report
  }

  /** The same error of a sweep that did the rest. */
  withReport(report: SweepReport): BudgetError {
    const { code, message, operation = 'sweep budgets', id, retry, status, cause } = this
    return new BudgetError(code, message, { operation, id, retry, status, cause, report })
  }
}

/** The error of a code for what was asked: `Cannot <operation> "<id>": <problem>`. */
export function refuse(
  code: BudgetErrorCode | StoreFailureCode,
  act: StoreAct,
  problem: string,
  details: Omit<BudgetErrorDetails, 'operation' | 'id'> = {},
): BudgetError {
  const { operation, id } = act
  return new BudgetError(code, `Cannot ${actPhrase(act)}: ${problem}`, { operation, id, ...details })
}
