import type { Filesystem } from '@latchless/filesystem'
import { BudgetStore, NO_USAGE, parseUsd, UNLIMITED } from '@latchless/resources'
import { ApprovalStore } from '@latchless/run-state'

/** One operation of a store, such as submit, claim and complete a turn. Each store package adds its own to the list below. */
export interface StoreOperation {
  /** `store/operation`, as it is printed. */
  readonly id: string
  /** Callers at the same time. */
  readonly writers: number
  /** Opens the store and resolves with what does the operation once. `caller` counts from 0. */
  open(filesystem: Filesystem): Promise<(caller: number) => Promise<void>>
}

const OPERATIONS_BEFORE = 10_000
const CALLERS = 16

/** The callers work for one user, whose slots they use up together and whose money lasts. */
const reserveReconcile: StoreOperation = {
  id: 'resources/reserve-reconcile',
  writers: CALLERS,
  async open(filesystem) {
    const budgets = new BudgetStore(filesystem)
    const max = { ...UNLIMITED, usdMicros: parseUsd('1000000000'), concurrencySlots: CALLERS }
    await budgets.setLimits({ user: 'ann' }, { max, period: { type: 'lifetime' } })
    const estimate = { usdMicros: parseUsd('0.40'), inputTokens: 1000, concurrencySlots: 1 }
    const actual = { ...NO_USAGE, usdMicros: parseUsd('0.31'), inputTokens: 900 }
    return async (caller) => {
      const scope = { user: 'ann', project: 'p1', thread: `t${caller}` }
      const { decision, reservation } = await budgets.reserve(scope, estimate)
      if (decision !== 'granted') throw new Error(`Cannot measure reservations: one was ${decision}`)
      await budgets.reconcile(reservation.id, actual)
    }
  },
}

const saveApprove: StoreOperation = {
  id: 'run-state/save-approve',
  writers: 1,
  async open(filesystem) {
    const approvals = new ApprovalStore(filesystem)
    const scope = { agent: 'helper', thread: 't1' }
    return async () => {
      const { id } = await approvals.savePending(scope, {
        correlationId: 'turn-7',
        requestedBy: { kind: 'agent', id: 'helper' },
        action: { kind: 'dispatch', capabilityId: 'shell.run' },
        input: { command: ['rm', 'notes.txt'] },
        reason: 'The notes are not needed any more',
        expiresAt: Date.now() + 600_000,
      })
      await approvals.approve(scope, id, { by: { kind: 'user', id: 'alice' } })
    }
  },
}

/** The same operation in a store where it was done many times before: what is over must not make the next one slower. */
function afterMany(operation: StoreOperation): StoreOperation {
  return {
    id: `${operation.id}-after-${OPERATIONS_BEFORE}`,
    writers: operation.writers,
    async open(filesystem) {
      const once = await operation.open(filesystem)
      let left = OPERATIONS_BEFORE
      const work = async (caller: number) => {
        while (left-- > 0) await once(caller)
      }
      await Promise.all(Array.from({ length: CALLERS }, (_, caller) => work(caller)))
      return once
    },
  }
}

export const storeOperations: readonly StoreOperation[] = [
  reserveReconcile,
  afterMany(reserveReconcile),
  saveApprove,
  afterMany(saveApprove),
]
