import { openFilesystem } from '@latchless/filesystem'
import { BudgetStore, formatUsd, NO_USAGE, parseUsd, UNLIMITED } from '@latchless/resources'
import { leaseIdOf, RunState } from '@latchless/run-state'

// An agent that pays for its model and asks before it uses a tool. Any number of processes may serve the same directory.
const filesystem = await openFilesystem('file:./service-store')
const budgets = new BudgetStore(filesystem)
const state = new RunState(filesystem)

const payer = { user: 'ann', thread: 't1' }
const thread = { agent: 'helper', thread: 't1' }
const action = { kind: 'dispatch', capabilityId: 'shell.run' } as const
const limit = parseUsd('1.00')
const minuteMs = 60_000

await budgets.setLimits({ user: 'ann' }, { max: { ...UNLIMITED, usdMicros: limit }, period: { type: 'lifetime' } })

/** What the call may cost is held before it, what it did cost is charged behind it. */
async function askModel(question: string) {
  const { decision, reservation } = await budgets.reserve(payer, { usdMicros: parseUsd('0.05') }, { ttlMs: minuteMs })
  if (decision !== 'granted') throw new Error(`Cannot ask the model: the budget says ${decision}`)
  // Were this process killed here, the hold would end by itself after a minute.
  const { input, reason, usage } = await model(question)
  await budgets.reconcile(reservation.id, { ...NO_USAGE, ...usage })
  return { input, reason }
}

/** The agent's turn, up to where it has to wait. */
async function begin(question: string) {
  const { id } = await state.invocations.start(thread, { capabilityId: action.capabilityId })
  const { input, reason } = await askModel(question)
  const request = { correlationId: id, requestedBy: { kind: 'agent', id: 'helper' }, action, input, reason } as const
  const expiresAt = Date.now() + 10 * minuteMs
  const { approval } = await state.saveAndBlock(thread, id, { ...request, expiresAt })
  return { invocationId: id, approvalId: approval.id, input }
}

/** A person's turn, as a page for approvals would take it. */
async function approveAll(by: string) {
  const { items } = await state.approvals.listPending(thread)
  for (const { id, reason } of items) {
    const lease = { expiresAt: Date.now() + 5 * minuteMs, maxInvocations: 1 }
    await state.approveAndLease(thread, id, { by: { kind: 'user', id: by }, lease })
    console.log(`${by} approves: ${reason}`)
  }
}

/** The agent's turn again. Whoever else comes with the same lease is refused, and so is any other input. */
async function finish({ invocationId, approvalId, input }: Awaited<ReturnType<typeof begin>>) {
  await state.invocations.resume(thread, invocationId)
  const leaseId = leaseIdOf(thread, approvalId)
  const { claimId } = await state.leases.claim(thread, leaseId, { action, input })
  const { dispatchId } = await state.leases.beginDispatch(thread, leaseId, claimId)
  console.log(`running: ${input.command}`)
  const { status } = await state.leases.consume(thread, leaseId, dispatchId)
  await state.endInvocation(thread, invocationId)
  console.log(`lease: ${status}`)
}

const waiting = await begin('What should we do about the notes?')
await approveAll('ann')
await finish(waiting)

const account = await budgets.account({ user: 'ann' })
console.log(`spent: $${formatUsd(account?.spent.usdMicros ?? 0)} of $${formatUsd(limit)}`)

// Now and then, in any process: what is overdue expires, what is old goes.
await budgets.sweep()
await state.sweep()
await filesystem.close()

// Stands for a model.
async function model(_question: string) {
  const usage = { usdMicros: parseUsd('0.03'), inputTokens: 900 }
  return { input: { command: 'rm notes.txt' }, reason: 'The notes are not needed any more', usage }
}
