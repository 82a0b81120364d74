import { setTimeout as sleep } from 'node:timers/promises'
import { openFilesystem } from '@latchless/filesystem'
import type { FaultProxy } from '@latchless/postgres-server'
import { startFaultProxy, startPostgres, withProbability } from '@latchless/postgres-server'
import pg from 'pg'
import type { ChaosStore } from '../stores.ts'
import type { Disturbance } from './disturbance.ts'

/** The share of requests that lose their connection, before or after the server has seen them. */
const CUT_SHARE = 0.004
const DELAY_SHARE = 0.004
const DELAY_MS = 150
const OUTAGE_MS_MAX = 400
/** Connections of each worker. */
const POOL = 4

/** A server of its own, which workers reach through a proxy that breaks their connections. */
export async function startProxiedPostgres(seed: number): Promise<ChaosStore> {
  const server = await startPostgres()
  const proxy = await startFaultProxy(server.url)
  const migrated = withParameters(server.url, { migrate: 'true' })
  await (await openFilesystem(migrated)).close()
  proxy.inject(withProbability(CUT_SHARE, seed, { kind: 'cut-before' }, { kind: 'cut-after' }))
  const delays = withProbability(DELAY_SHARE, seed + 1, { kind: 'cut-before' })
  proxy.inject((request) => (delays(request) ? { kind: 'delay', until: sleep(DELAY_MS) } : undefined))
  return {
    url: withParameters(proxy.url, { pool: String(POOL), criticalPool: '1' }),
    disturbances: [...outages(proxy), ...serverFaults(server.url)],
    skipped: [{ what: 'disk-full', reason: 'the server has no disk of its own' }],
    counts: () => {
      const { cutBefore, cutAfter, delayed } = proxy.counts
      return { 'cut-before': cutBefore, 'cut-after': cutAfter, 'delayed-answer': delayed }
    },
    open: () => openFilesystem(server.url),
    async [Symbol.asyncDispose]() {
      await proxy.close()
      await server.close()
    },
  }
}

function outages(proxy: FaultProxy): Disturbance[] {
  return [
    { kind: 'dropped-connections', weight: 2, run: async () => proxy.dropConnections() },
    {
      kind: 'stalled-connections',
      weight: 2,
      async run(random) {
        const resume = proxy.stall()
        await sleep(random.fraction() * OUTAGE_MS_MAX)
        resume()
      },
    },
    {
      kind: 'refused-connections',
      weight: 1,
      async run(random) {
        const accept = proxy.refuseConnections()
        proxy.dropConnections()
        await sleep(random.fraction() * OUTAGE_MS_MAX)
        accept()
      },
    },
  ]
}

/** What happens to servers: an administrator ends a session, or a process of the server dies and takes all with it. */
function serverFaults(url: string): Disturbance[] {
  return [
    {
      kind: 'terminated-session',
      weight: 2,
      run: async () => void (await endSession(url, 'pg_terminate_backend(pid)')),
    },
    {
      kind: 'server-crash',
      weight: 1,
      async run() {
        const pid = await endSession(url, 'pid')
        if (pid !== undefined) kill(pid)
      },
    },
  ]
}

/** Picks a session of a worker. Resolves with what the expression gives for it. */
async function endSession(url: string, expression: string): Promise<number | undefined> {
  const client = new pg.Client({ connectionString: url })
  // The server may be on its way back from a crash.
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ answer: number }>(
      `SELECT ${expression} AS answer FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1`,
    )
    return rows[0]?.answer
  } catch {
    return undefined
  } finally {
    await client.end().catch(() => {})
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // The session ended by itself meanwhile.
  }
}

function withParameters(url: string, parameters: Readonly<Record<string, string>>): string {
  const changed = new URL(url)
  for (const [name, value] of Object.entries(parameters)) changed.searchParams.set(name, value)
  return changed.href
}
