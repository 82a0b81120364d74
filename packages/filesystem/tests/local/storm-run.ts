import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { LocalFilesystem, sequenceOf } from '@latchless/filesystem'
import type { SeededRandom } from '@latchless/filesystem/testing'
import { seededRandom } from '@latchless/filesystem/testing'
import { readStormRecord, STORM_PATHS } from './storm-record.ts'

export interface StormOptions {
  /** An empty directory. */
  readonly directory: string
  readonly seconds: number
  readonly seed: number
  readonly processes: number
  readonly durability: 'disk' | 'process'
}

export interface StormReport {
  readonly acknowledged: number
  /** Acknowledged updates that the records do not hold. */
  readonly lost: number
  /** Updates that the records hold beyond what was acknowledged or in flight at a kill. */
  readonly duplicated: number
  /** Updates in flight at a kill that turned out to have landed. */
  readonly landedUnacknowledged: number
  readonly commits: number
  readonly kills: number
  readonly stops: number
  /** What processes died of, other than a kill: corrupt records and stale reads among it. */
  readonly failures: readonly string[]
}

interface Incarnation {
  readonly name: string
  readonly child: ChildProcess
  readonly file: string
  killed: boolean
  errors: string
}

const PROGRAM = fileURLToPath(new URL('storm-process.ts', import.meta.url))

/** Processes that write the same records while some are killed and some are stopped, then the books are compared. */
export async function runStorm(options: StormOptions): Promise<StormReport> {
  const storm = new Storm(options)
  await storm.start()
  await storm.rage()
  await storm.calm()
  return await storm.report()
}

class Storm {
  readonly #options: StormOptions
  readonly #root: string
  readonly #random: SeededRandom
  readonly #everyone: Incarnation[] = []
  readonly #slots: Incarnation[] = []
  #kills = 0
  #stops = 0

  constructor(options: StormOptions) {
    this.#options = options
    this.#root = join(options.directory, 'store')
    this.#random = seededRandom(options.seed)
  }

  async start(): Promise<void> {
    await mkdir(join(this.#options.directory, 'acknowledgements'))
    for (let slot = 0; slot < this.#options.processes; slot++) this.#slots.push(this.#spawn(slot))
    await Promise.all(this.#slots.map(async ({ child }) => await once(child, 'message')))
  }

  async rage(): Promise<void> {
    const end = performance.now() + this.#options.seconds * 1000
    while (performance.now() < end) {
      await sleep(20 + this.#random.below(120))
      const slot = this.#random.below(this.#slots.length)
      const victim = this.#slots[slot]
      if (!victim) continue
      if (this.#random.below(100) < 35) {
        this.#kills++
        await kill(victim)
        this.#slots[slot] = this.#spawn(slot)
      } else {
        this.#stops++
        victim.child.kill('SIGSTOP')
        const pauseMs = 5 + this.#random.below(595)
        void sleep(pauseMs).then(() => victim.child.kill('SIGCONT'))
      }
    }
  }

  async calm(): Promise<void> {
    await Promise.all(
      this.#slots.map(async ({ child }) => {
        child.kill('SIGCONT')
        if (child.exitCode !== null || child.signalCode !== null) return
        const gone = once(child, 'exit')
        if (child.connected) child.send('stop')
        await gone
      }),
    )
  }

  async report(): Promise<StormReport> {
    const filesystem = await LocalFilesystem.open({ root: this.#root, durability: this.#options.durability })
    const totals = { acknowledged: 0, lost: 0, duplicated: 0, landedUnacknowledged: 0, commits: 0 }
    const failures = this.#everyone.flatMap(({ name, killed, child, errors }) =>
      killed || child.exitCode === 0 ? [] : [`${name} ended with ${child.exitCode ?? child.signalCode}: ${errors}`],
    )
    for (const path of STORM_PATHS) {
      const head = await filesystem.get(path)
      const { applied } = readStormRecord(head)
      const commits = head.state === 'unwritten' ? 0 : sequenceOf(head.version)
      const held = Object.values(applied).reduce((sum, count) => sum + count, 0)
      // Each commit adds one update, so a commit that another one overwrote shows here.
      if (held !== commits) failures.push(`${path} is at v${commits} and holds ${held} updates`)
      totals.commits += commits
      for (const { name, file, killed } of this.#everyone) {
        const acknowledged = countAcknowledged(file, path)
        const surplus = (applied[name] ?? 0) - acknowledged
        totals.acknowledged += acknowledged
        if (surplus < 0) totals.lost -= surplus
        if (surplus > 0 && killed) totals.landedUnacknowledged++
        if (surplus > 0) totals.duplicated += surplus - (killed ? 1 : 0)
      }
    }
    return { ...totals, kills: this.#kills, stops: this.#stops, failures }
  }

  #spawn(slot: number): Incarnation {
    const name = `${slot}.${this.#everyone.length}`
    const file = join(this.#options.directory, 'acknowledgements', name)
    const seed = String(this.#options.seed * 1000 + this.#everyone.length)
    const child = fork(PROGRAM, [this.#root, name, seed, this.#options.durability, file], { stdio: 'pipe' })
    const incarnation: Incarnation = { name, child, file, killed: false, errors: '' }
    child.stderr?.on('data', (chunk: Buffer) => {
      incarnation.errors = `${incarnation.errors}${chunk.toString('utf8')}`.slice(0, 4000)
    })
    this.#everyone.push(incarnation)
    return incarnation
  }
}

async function kill(incarnation: Incarnation): Promise<void> {
  const { child } = incarnation
  if (child.exitCode !== null || child.signalCode !== null) return
  incarnation.killed = true
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** The last number in a process's file: they are consecutive, and a line cut off by a kill does not count. */
function countAcknowledged(file: string, path: string): number {
  if (!existsSync(file)) return 0
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return lines.filter((line) => line.startsWith(`${path} `)).length
}
