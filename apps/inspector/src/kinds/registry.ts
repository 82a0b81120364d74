import type { KindView } from './kind-view.ts'

// A store and its schemas are loaded when a record of theirs is looked at, and not before.
const LOADERS: Readonly<Record<string, () => Promise<KindView>>> = {
  budget_tree: async () => (await import('./budget.ts')).budgetView,
  budget_reservation: async () => (await import('./reservation.ts')).reservationView,
  budget_gate: async () => (await import('./budget-gate.ts')).budgetGateView,
  invocation: async () => (await import('./invocation.ts')).invocationView,
  approval: async () => (await import('./approval.ts')).approvalView,
  standing_approval: async () => (await import('./standing-approval.ts')).standingApprovalView,
  approval_slots: async () => (await import('./pending-slots.ts')).pendingSlotsView,
  capability_lease: async () => (await import('./lease.ts')).leaseView,
}

/** Every kind that can be shown in the words of its store. */
export const KNOWN_KINDS: readonly string[] = Object.keys(LOADERS)

/** Whether records of a kind can be shown so. It loads nothing. */
export function isKnownKind(kind: string | null | undefined): boolean {
  return typeof kind === 'string' && Object.hasOwn(LOADERS, kind)
}

/** How records of a kind are shown; nothing for a kind that no store here has. */
export async function kindView(kind: string | undefined): Promise<KindView | undefined> {
  return kind !== undefined && isKnownKind(kind) ? await LOADERS[kind]?.() : undefined
}

/** The views of all known kinds. */
export async function allKindViews(): Promise<readonly KindView[]> {
  return await Promise.all(Object.values(LOADERS).map(async (load) => load()))
}
