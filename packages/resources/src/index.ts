export { BudgetStore } from './budget/budget-store.ts'
export type { CloseOptions, LimitOptions, ReserveOptions } from './budget/budget-store.ts'
export type { AccountSnapshot } from './budget/snapshot.ts'
export { BudgetGateStore } from './gate/gate-store.ts'
export type { ApproveGateOptions, ListGatesOptions, OpenGateOptions, ResolveGateOptions } from './gate/gate-store.ts'
export { BudgetError } from './errors.ts'
export type { BudgetErrorCode } from './errors.ts'

// What callers give and get.
export { accountKey, accountKeys, LEVELS, SCOPE_NAME_LENGTH_MAX } from './accounts.ts'
export type { BudgetScope } from './accounts.ts'
export { DIMENSIONS, NO_USAGE, sumOf } from './amounts.ts'
export type { Amounts, Dimension, Usage } from './amounts.ts'
export type { AccountState, Finding, Judgement } from './decision.ts'
export type { LedgerEvent, LedgerFact } from './ledger-event.ts'
export type { LedgerOptions, LedgerPage } from './ledger.ts'
export { UNLIMITED } from './limits.ts'
export type { BudgetLimits, Maximum } from './limits.ts'
export { ROLLING_SLOTS, ROLLING_WINDOW_MS_MAX } from './periods.ts'
export type { Period } from './periods.ts'
export type { DamagedRecord } from './damaged-record.ts'
export type { OpenReservationsOptions } from './budget/open-reservations.ts'
export type { ReserveOutcome } from './budget/tree-transitions.ts'
export { CLOSED_RESERVATION_KEEP_MS, GATE_KEEP_MS } from './sweep.ts'
export { LEDGER_KEEP_MS } from './trim-ledger.ts'
export type { SweepOptions, SweepReport } from './sweep.ts'
export { formatUsd, parseUsd } from './usd.ts'

// How it is stored, for tests and tools.
export { ClosedReservation, RESERVATION_STATUSES, RESERVATION_TRANSITIONS } from './budget/reservation.ts'
export type { Reservation, ReservationCommand, ReservationStatus } from './budget/reservation.ts'
export {
  DRAIN_EVERY,
  EXPIRED_AT_ONCE,
  IDLE_ACCOUNTS_KEPT,
  LIMITED_ACCOUNTS_MAX,
  OPEN_RESERVATIONS_MAX,
  PENDING_EVENTS_MAX,
  RETIRED_AT_ONCE,
  RESERVATION_TTL_MS_DEFAULT,
  RESERVATION_TTL_MS_MAX,
  Tree,
  TREE_BYTES_MAX,
  TREE_PATH,
} from './budget/tree-record.ts'
export type { Account, BudgetTree, Slot } from './budget/tree-record.ts'
export { CLOCK_LAG_MS_MAX, periodOf } from './budget/account.ts'
export { judge } from './decision.ts'
export { Gate, GATE_STATUSES, GATE_TTL_MS_DEFAULT, GATE_TTL_MS_MAX } from './gate/gate-record.ts'
export type { BudgetGate, GateResolution, GateStatus, LimitsChange } from './gate/gate-record.ts'
export { GATE_TRANSITIONS } from './gate/gate-transitions.ts'
export type { GateCommand, GateState } from './gate/gate-transitions.ts'
export { periodEnd, slotStart, windowStart } from './periods.ts'
