import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import {
  anything,
  casUpdate,
  defineRecord,
  type Filesystem,
  MemoryFilesystem,
  recordTrace,
  remove,
  type Runtime,
  write,
  type Writer,
} from '@latchless/filesystem'
import { createSimulation, latency } from '@latchless/filesystem/testing'
import { BudgetStore, NO_USAGE, parseUsd, UNLIMITED } from '@latchless/resources'
import { RunState } from '@latchless/run-state'
import { z } from 'zod'

const orderSchema = z.strictObject({
  id: z.int(),
  status: z.enum(['open', 'paid', 'shipped']),
  total: z.number(),
  lines: z.array(z.strictObject({ sku: z.string(), count: z.int() })),
  seenBy: z.array(z.string()),
})
type Order = z.infer<typeof orderSchema>

const OrderRecord = defineRecord({ kind: 'order', schema: orderSchema })

const Ledger = defineRecord({
  kind: 'ledger',
  schema: z.strictObject({ entries: z.int(), total: z.number(), last: z.string() }),
})

export interface DemoWorld {
  readonly store: Filesystem
  /** When everything has happened. */
  readonly endMs: number
}

const SEED = 21

/**
 * A store in which five processes have fought over a few records, and the trace of it. Time and chance are simulated, so it
 * is the same in every run.
 */
export async function demoWorld(traceFile: string): Promise<DemoWorld> {
  const simulation = createSimulation(SEED)
  const { runtime } = simulation
  const store = await MemoryFilesystem.open({ runtime })
  const remote = latency(store, { every: { before: [1, 6], after: [1, 6] }, seed: SEED, runtime })
  const world = { remote, runtime }
  await simulation.run([() => fillOrders(world), () => fillRunState(world)])
  const recorder = await recordTrace(traceFile, { runtime, title: 'five processes and one ledger' })
  const results = await simulation.run([
    ...['api-1', 'api-2', 'api-3'].map((service, at) => () => serve(world, service, at)),
    () => bill(world, 'batch-0'),
    () => bill(world, 'batch-1'),
  ])
  await recorder.close()
  await anonymize(traceFile)
  for (const result of results) if (result.status === 'rejected') throw result.reason
  return { store, endMs: runtime.wallMs() + 2000 }
}

interface World {
  readonly remote: Filesystem
  readonly runtime: Runtime
}

const writerOf = (service: string): Writer => ({ service, host: 'h1', pid: 4400 + service.length })

async function fillOrders({ remote, runtime }: World): Promise<void> {
  for (let id = 40; id < 76; id++) {
    await casUpdate(remote, orderPath(id), OrderRecord, () => write(newOrder(id)), {
      writer: writerOf('import'),
      runtime,
    })
    await runtime.sleep(400 + 60 * id)
  }
  const damaged = {
    body: Buffer.from('{"id": 57, "status"'),
    contentType: 'application/json',
    kind: 'order',
    schemaVersion: 1,
  }
  await remote.put(orderPath(57), damaged, anything, { writer: writerOf('import') })
  await casUpdate(remote, orderPath(52), OrderRecord, () => remove(), { writer: writerOf('import'), runtime })
  const blob = {
    body: Uint8Array.from({ length: 3000 }, (_, at) => (at * 7) % 256),
    contentType: 'application/octet-stream',
  }
  await remote.put('/orders/blobs/receipt-881', blob, anything, { writer: writerOf('import') })
}

async function fillRunState({ remote, runtime }: World): Promise<void> {
  const settings = { newId: () => runtime.randomHex(16), update: { runtime, writer: writerOf('agents') } }
  const budgets = new BudgetStore(remote, settings)
  const state = new RunState(remote, settings)
  const payer = { user: 'ann', thread: 't1' }
  await budgets.setLimits(
    { user: 'ann' },
    { max: { ...UNLIMITED, usdMicros: parseUsd('1.00') }, period: { type: 'lifetime' } },
  )
  const first = await budgets.reserve(payer, { usdMicros: parseUsd('0.30') }, { ttlMs: 600_000 })
  await budgets.reserve(payer, { usdMicros: parseUsd('0.25') }, { ttlMs: 600_000 })
  if (first.decision === 'granted') {
    await budgets.reconcile(first.reservation.id, { ...NO_USAGE, usdMicros: parseUsd('0.21'), inputTokens: 900 })
  }
  const thread = { agent: 'helper', thread: 't1' }
  const action = { kind: 'dispatch', capabilityId: 'shell.run' } as const
  for (const reason of ['The notes are not needed any more', 'The report is to be sent']) {
    const { id } = await state.invocations.start(thread, { capabilityId: action.capabilityId })
    const requestedBy = { kind: 'agent', id: 'helper' } as const
    const input = { command: 'rm notes.txt' }
    const expiresAt = runtime.wallMs() + 3_600_000
    await state.saveAndBlock(thread, id, { correlationId: id, requestedBy, action, input, reason, expiresAt })
  }
}

/** A service that works on one order at a time, often the same as another service. */
async function serve({ remote, runtime }: World, service: string, at: number): Promise<void> {
  for (let turn = 0; turn < 24; turn++) {
    const id = turn % 4 === 3 ? 44 + at : 42
    await casUpdate(
      remote,
      orderPath(id),
      OrderRecord,
      (order) => write(worked(order ?? newOrder(id), service)),
      options(service, runtime),
    )
    await runtime.sleep(5 + 30 * runtime.random())
  }
}

/** Two batches that write into one ledger, without a pause. */
async function bill({ remote, runtime }: World, service: string): Promise<void> {
  for (let turn = 0; turn < 30; turn++) {
    await casUpdate(
      remote,
      '/orders/ledger',
      Ledger,
      (ledger) => write({ entries: (ledger?.entries ?? 0) + 1, total: (ledger?.total ?? 0) + 12.5, last: service }),
      options(service, runtime),
    )
    await runtime.sleep(10 * runtime.random())
  }
}

// Each update on its own: folded into one write they would hardly ever lose.
function options(service: string, runtime: Runtime) {
  return { writer: writerOf(service), runtime, combine: false }
}

function orderPath(id: number): string {
  return `/orders/customer/${String(id).padStart(6, '0')}`
}

function newOrder(id: number): Order {
  const lines = Array.from({ length: 1 + (id % 3) }, (_, at) => ({ sku: `sku-${9900 + id + at}`, count: 1 + at }))
  return { id, status: 'open', total: 1000 + id * 7.5, lines, seenBy: [] }
}

const NEXT = { open: 'paid', paid: 'shipped', shipped: 'open' } as const

function worked(order: Order, service: string): Order {
  return { ...order, status: NEXT[order.status], seenBy: [...order.seenBy.slice(-3), service] }
}

/** Takes the machine and the process out of a trace, and signs it anew. */
async function anonymize(traceFile: string): Promise<void> {
  const [head = '', ...events] = (await readFile(traceFile, 'utf8')).trimEnd().split('\n')
  const end: unknown = JSON.parse(events.pop() ?? '')
  const lines = [JSON.stringify({ ...parsed(head), host: 'h1', pid: 1 }), ...events]
  const sha256 = createHash('sha256')
    .update(lines.map((line) => `${line}\n`).join(''))
    .digest('hex')
  await writeFile(traceFile, `${lines.join('\n')}\n${JSON.stringify({ ...(end as object), sha256 })}\n`)
}

function parsed(line: string): object {
  return JSON.parse(line) as object
}
