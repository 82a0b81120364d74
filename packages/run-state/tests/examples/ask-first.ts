import { openFilesystem } from '@latchless/filesystem'
import { RunState } from '@latchless/run-state'

// Any number of processes may open the same store.
const filesystem = await openFilesystem('sqlite:./run-state.db')
const state = new RunState(filesystem)

const thread = { agent: 'helper', thread: 't1' }
const action = { kind: 'dispatch', capabilityId: 'shell.run' } as const
const input = { command: ['rm', 'notes.txt'] }
const minuteMs = 60_000

// The agent may not do this by itself: it asks, and waits.
const { id: invocationId } = await state.invocations.start(thread, { capabilityId: 'shell.run' })
const { approval } = await state.saveAndBlock(thread, invocationId, {
  correlationId: 'turn-7',
  requestedBy: { kind: 'agent', id: 'helper' },
  action,
  input,
  reason: 'The notes are not needed any more',
  expiresAt: Date.now() + 10 * minuteMs,
})

// Somebody sees the request, perhaps in another process, and approves it for one use.
const { items } = await state.approvals.listPending(thread)
process.stdout.write(`pending: ${items.map(({ reason }) => reason).join(', ')}\n`)
const { lease } = await state.approveAndLease(thread, approval.id, {
  by: { kind: 'user', id: 'alice' },
  lease: { expiresAt: Date.now() + 5 * minuteMs, maxInvocations: 1 },
})

// The agent goes on. The lease is for this input and no other, and only one caller begins the dispatch.
await state.invocations.resume(thread, invocationId)
const { claimId } = await state.leases.claim(thread, lease.id, { action, input })
const { dispatchId } = await state.leases.beginDispatch(thread, lease.id, claimId)
process.stdout.write(`running: ${input.command.join(' ')}\n`)
const { status } = await state.leases.consume(thread, lease.id, dispatchId)
process.stdout.write(`lease: ${status}\n`)
await state.endInvocation(thread, invocationId)

await filesystem.close()
