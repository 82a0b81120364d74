// Compares two ways to store the accounts of a tenant: one record that holds the tree, and one record per account, changed by a
// transaction. Prints one line per shape and place. With the URL of a PostgreSQL server in LATCHLESS_TEST_DATABASE_URL:
//   node --conditions=@latchless/source packages/resources/tests/record-shapes.ts [milliseconds per measurement]
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Filesystem, RecordType, TransactStep } from '@latchless/filesystem'
import { casUpdate, defineRecord, exactly, openFilesystem, VersionMismatch, write } from '@latchless/filesystem'
import { backends } from '@latchless/store-testing'
import { z } from 'zod'

const WRITERS = 16
const PROCESSES = 4

interface Account {
  readonly spent: number
  readonly open: Readonly<Record<string, number>>
}
interface Accounts {
  readonly accounts: Readonly<Record<string, number>>
  readonly open: Readonly<Record<string, number>>
}

const amounts = z.record(z.string(), z.int())
const AccountRecord: RecordType<Account> = defineRecord({
  kind: 'shape_account',
  schema: z.strictObject({ spent: z.int(), open: amounts }),
})
const TreeRecord: RecordType<Accounts> = defineRecord({
  kind: 'shape_tree',
  schema: z.strictObject({ accounts: amounts, open: amounts }),
})

/** Six accounts: three that all writers share, three of one writer. */
const cascadeOf = (writer: string) => [
  'tenant',
  'user',
  'project',
  ...['agent', 'mission', 'thread'].map((level) => `${level}-${writer}`),
]

interface Shape {
  /** Holds 1 or, with `closes`, spends it. */
  step(filesystem: Filesystem, writer: string, id: string, closes: boolean): Promise<void>
}

const tree: Shape = {
  async step(filesystem, writer, id, closes) {
    await casUpdate(filesystem, '/shape/tree', TreeRecord, (current = { accounts: {}, open: {} }) => {
      const { [id]: _, ...others } = current.open
      if (!closes) return write({ ...current, open: { ...others, [id]: 1 } })
      const spent = cascadeOf(writer).map((key) => [key, (current.accounts[key] ?? 0) + 1] as const)
      return write({ accounts: { ...current.accounts, ...Object.fromEntries(spent) }, open: others })
    })
  },
}

const accounts: Shape = {
  async step(filesystem, writer, id, closes) {
    const paths = cascadeOf(writer).map((key) => `/shape/accounts/${key}`)
    for (;;) {
      const heads = await Promise.all(paths.map(async (path) => filesystem.get(path)))
      const steps = paths.map((path, index): TransactStep => {
        const head = heads[index] as (typeof heads)[number]
        const current = head.state === 'live' ? AccountRecord.decode(head.entry, path) : { spent: 0, open: {} }
        const { [id]: _, ...others } = current.open
        const next = closes ? { spent: current.spent + 1, open: others } : { ...current, open: { ...others, [id]: 1 } }
        return { type: 'put', path, entry: AccountRecord.encode(next), expect: exactly(head) }
      })
      try {
        await filesystem.transact(steps)
        return
      } catch (error) {
        if (!(error instanceof VersionMismatch)) throw error
        // As long as casUpdate in its plain mode waits at first, so that losers do not all come back at once.
        await new Promise((resolve) => setTimeout(resolve, 2 + Math.random() * 2))
      }
    }
  },
}

const shapes: Readonly<Record<string, Shape>> = { tree, accounts }

/** Reserves and closes until the time is over; the latencies of all pairs in milliseconds. */
async function measure(
  filesystem: Filesystem,
  shape: Shape,
  writers: readonly string[],
  forMs: number,
): Promise<number[]> {
  const end = performance.now() + forMs
  const latencies: number[] = []
  const run = async (writer: string) => {
    for (let round = 0; performance.now() < end; round++) {
      const start = performance.now()
      await shape.step(filesystem, writer, `${writer}-${round}`, false)
      await shape.step(filesystem, writer, `${writer}-${round}`, true)
      latencies.push(performance.now() - start)
    }
  }
  await Promise.all(writers.map(run))
  return latencies
}

async function measureProcesses(url: string, name: string, forMs: number): Promise<number[]> {
  const parts = Array.from({ length: PROCESSES }, async (_, n) => {
    const child = fork(import.meta.filename, [String(forMs), url, name, String(n)])
    const [latencies] = (await once(child, 'message')) as [number[]]
    await once(child, 'exit')
    return latencies
  })
  return (await Promise.all(parts)).flat()
}

function print(place: string, name: string, latencies: number[], forMs: number): void {
  const sorted = latencies.toSorted((a, b) => a - b)
  const at = (part: number) => (sorted[Math.floor(sorted.length * part)] ?? Number.NaN).toFixed(1)
  const rate = ((sorted.length * 1000) / forMs).toFixed(0)
  process.stdout.write(`| ${place} | ${name} | ${rate} | ${at(0.5)} | ${at(0.99)} |\n`)
}

const [ms = '1500', url, name = '', number = ''] = process.argv.slice(2)
const forMs = Number(ms)
if (url === undefined) {
  process.stdout.write(
    '| place | shape | reserve + close per second | median ms | p99 ms |\n| --- | --- | --- | --- | --- |\n',
  )
  for (const backend of backends.filter(({ name: each }) => each !== 'local')) {
    for (const [shapeName, shape] of Object.entries(shapes)) {
      await using store = await backend.fresh()
      const writers = Array.from({ length: WRITERS }, (_, n) => `w${n}`)
      const one = await measure(await store.open(), shape, ['alone'], forMs)
      print(`${backend.name}, one writer`, shapeName, one, forMs)
      print(
        `${backend.name}, 1 process × ${WRITERS}`,
        shapeName,
        await measure(await store.open(), shape, writers, forMs),
        forMs,
      )
      if (store.url === undefined) continue
      const many = await measureProcesses(store.url, shapeName, forMs)
      print(`${backend.name}, ${PROCESSES} processes × ${WRITERS / PROCESSES}`, shapeName, many, forMs)
    }
  }
} else {
  const filesystem = await openFilesystem(url)
  const writers = Array.from({ length: WRITERS / PROCESSES }, (_, n) => `p${number}w${n}`)
  process.send?.(await measure(filesystem, shapes[name] as Shape, writers, forMs))
  await filesystem.close()
  process.disconnect?.()
}
