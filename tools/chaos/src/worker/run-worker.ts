import type { Filesystem, Runtime } from '@latchless/filesystem'
import { systemRuntime } from '@latchless/filesystem'
import { seededRandom } from '@latchless/filesystem/testing'
import type { Gate } from '../faults/gate.ts'
import type { Sabotage } from '../faults/sabotage.ts'
import { sabotaged } from '../faults/sabotage.ts'
import type { FaultyStore } from '../faults/store-faults.ts'
import { withStoreFaults } from '../faults/store-faults.ts'
import { Journal, nowUs } from '../history/journal.ts'
import { recorded } from '../history/recorded.ts'
import type { Profile } from '../profile.ts'
import { accountStep } from '../workload/accounts.ts'
import type { Client, Mode } from '../workload/client.ts'
import { isExpected } from '../workload/client.ts'
import { listStep } from '../workload/lists.ts'
import { appendStep, Tail } from '../workload/logs.ts'
import { Places } from '../workload/places.ts'
import { queryStep } from '../workload/queries.ts'
import { VERSIONS_PER_PATH } from '../workload/records.ts'
import { RegisterWork } from '../workload/registers.ts'

/** What a worker is to do, the same for all its incarnations but for their number. */
export interface WorkerPlan extends Profile {
  readonly number: number
  readonly incarnation: number
  readonly seed: number
  readonly mode: Mode
  /** Where histories go. */
  readonly directory: string
  /** When the run began, by the clock of histories, and how long an epoch lasts. */
  readonly startUs: number
  readonly epochMs: number
  readonly sabotage?: { readonly sabotage: Sabotage; readonly every: number } | undefined
}

export interface WorkerTools {
  readonly filesystem: Filesystem
  readonly runtime: Runtime
  readonly journal: Journal
  readonly finish: AbortSignal
  /** Stops and kills a worker that is no process. */
  readonly gate?: Gate | undefined
  /** Told of the store as the worker sees it: what it has sent may arrive after its death. */
  readonly onStore?: ((store: FaultyStore) => void) | undefined
}

export function nameOf({ number, incarnation }: WorkerPlan): string {
  return `${number}.${incarnation}`
}

export function epochAt({ startUs, epochMs }: WorkerPlan): number {
  return Math.max(0, Math.floor((nowUs() - startUs) / 1000 / epochMs))
}

/** The clients of one incarnation of a worker, until told to finish. */
export async function runWorker(plan: WorkerPlan, tools: WorkerTools): Promise<void> {
  const { runtime, journal, finish } = tools
  const name = nameOf(plan)
  const stream = plan.number * 100_000 + plan.incarnation * 100
  const note = (kind: string) => journal.note(epochAt(plan), { type: 'fault', kind })
  const backend = plan.sabotage
    ? sabotaged(tools.filesystem, {
        ...plan.sabotage,
        random: seededRandom(plan.seed, stream + 99),
        onSabotage: () => note('sabotage'),
      })
    : tools.filesystem
  const store = withStoreFaults(backend, {
    random: seededRandom(plan.seed, stream + 98),
    runtime: systemRuntime,
    share: plan.faultShare,
    onFault: note,
  })
  tools.onStore?.(store)
  const filesystem = recorded(tools.gate ? tools.gate.guard(store.filesystem) : store.filesystem, journal, name)
  const places = new Places(VERSIONS_PER_PATH)
  const clients = Array.from({ length: plan.clients }, (_, at): Client => {
    let names = 0
    const clientName = `${name}.${at}`
    const random = seededRandom(plan.seed, stream + at)
    const nextName = () => `${clientName}.${++names}`
    return { name: clientName, filesystem, random, runtime, journal, places, mode: plan.mode, finish, nextName }
  })
  await Promise.all(clients.map((client, at) => runClient(plan, client, at)))
  await store.settled()
}

async function runClient(plan: WorkerPlan, client: Client, at: number): Promise<void> {
  const { random, runtime, places } = client
  const registers = new RegisterWork(client)
  const tail = new Tail(client)
  const { transact, query, log, maintain } = client.filesystem.capabilities('/')
  while (!client.finish.aborted) {
    places.enter(epochAt(plan))
    const drawn = random.below(100)
    try {
      // One client in each worker mostly follows the logs.
      if (at === 0 && log && drawn < 50) await tail.step()
      else if (drawn < 45) await registers.step()
      else if (drawn < 72) await listStep(client)
      else if (drawn < 84 && transact) await accountStep(client)
      else if (drawn < 95 && log) await appendStep(client)
      else if (drawn < 99 && query !== 'none') await queryStep(client)
      else if (maintain) await client.filesystem.maintain({ limit: 1 + random.below(50) })
    } catch (error) {
      if (!isExpected(error)) surprise(plan, client, error)
    }
    await (random.below(3) === 0 ? runtime.turn() : runtime.sleep(random.fraction() * plan.thinkMs))
  }
}

function surprise(plan: WorkerPlan, { journal, name }: Client, error: unknown): void {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const cause = error instanceof Error && error.cause instanceof Error ? ` (because of ${error.cause.message})` : ''
  journal.note(epochAt(plan), { type: 'surprise', client: name, message: `${message}${cause}` })
}
