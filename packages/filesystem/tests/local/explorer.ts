import type { Filesystem, LogEntry, Runtime } from '@latchless/filesystem'
import { FilesystemError, LocalFilesystem } from '@latchless/filesystem'
import type { Disk, LcasSteps, Violation } from '@latchless/filesystem/testing'
import { checkVersions, HistoryRecorder, lcasSteps, recordFinal, seededRandom } from '@latchless/filesystem/testing'
import { LogHistory } from './log-history.ts'
import type { Gate } from './simulated-disk.ts'
import { OPEN_GATE, SimulatedDisk } from './simulated-disk.ts'

export const PATH = '/r'
export const LOG = '/l'

/** What the processes of a run do. Each works through its own `LocalFilesystem`, all on one simulated disk. */
export interface Scenario {
  readonly name: string
  /** Runs alone, before the others. */
  readonly prepare: (filesystem: Filesystem) => Promise<void>
  /** What each process does; `warm` ones have read the record before. */
  readonly processes: readonly Program[]
  readonly durability?: 'disk' | 'process'
  /** How many schedules of each kind the tests have time for, where not as many as otherwise. */
  readonly schedules?: number
}

export interface Program {
  readonly warm: boolean
  /** Its clock; 0 like that of the disk when absent. */
  readonly clockMs?: number
  readonly run: (filesystem: Filesystem) => Promise<void>
}

/** Decides at every scheduling point. Option 0 goes on with the process that ran last, where that is possible. */
export interface Chooser {
  /** One of `count` options. `preempts` says that every option but 0 takes the turn from a process that could go on. */
  choose(count: number, preempts: boolean): number
}

/** The steps of one process, which sees the disk as given. */
export type MakeSteps = (disk: Disk) => LcasSteps

/** What a run does otherwise than the product. */
export interface Changed {
  readonly makeSteps?: MakeSteps | undefined
  readonly makeDisk?: ((disk: Disk) => Disk) | undefined
}

export interface Run {
  readonly violations: readonly Violation[]
  readonly trace: readonly string[]
}

/** Runs the product's code once under the chooser's schedule. */
export async function runOnce(
  scenario: Scenario,
  chooser: Chooser,
  { makeSteps = () => lcasSteps, makeDisk = (disk) => disk }: Changed = {},
): Promise<Run> {
  const disk = new SimulatedDisk()
  const turns = new Turns(chooser)
  let ticks = 0
  const recorder = new HistoryRecorder(() => ++ticks)
  const logs = new LogHistory(() => ++ticks)
  const open = async (gate: Gate, id: number, clockMs = 0): Promise<LocalFilesystem> => {
    const view = makeDisk(disk.as(gate))
    const writer = { service: 'explorer', host: 'simulated', pid: id }
    return await LocalFilesystem.open(
      { root: '/', runtime: quietRuntime(id, clockMs), durability: scenario.durability, writer },
      { disk: view, steps: makeSteps(view) },
    )
  }

  const preparer = await open(OPEN_GATE, 0)
  await scenario.prepare(logs.record(recorder.record(preparer, 'preparer')))
  const programs = await Promise.all(
    scenario.processes.map(async ({ warm, run, clockMs }, index) => {
      const process = turns.add(index + 1)
      const filesystem = await open(process.gate, index + 1, clockMs)
      if (warm) await Promise.all([filesystem.get(PATH), filesystem.read(LOG)])
      return async () => {
        process.begin()
        await process.gate.point('begin')
        await run(logs.record(recorder.record(filesystem, `p${index + 1}`)))
      }
    }),
  )
  const violations: Violation[] = []
  try {
    await turns.run(programs)
    const final = await recordFinal(preparer, PATH)
    violations.push(...checkVersions({ operations: recorder.operations, finals: [final] }))
    if (!logs.isEmpty) violations.push(...logs.check(...(await readFinal(preparer))))
  } catch (error) {
    // A store that says so itself is broken as well.
    if (!(error instanceof FilesystemError && error.code === 'corrupt')) throw error
    violations.push({ condition: 'intact-contents', path: error.path ?? '/', message: error.message })
  }
  return { violations, trace: turns.trace }
}

/** The log at the end, and the sequence of its last entry: one more tells, also when all of it was trimmed. */
async function readFinal(filesystem: Filesystem): Promise<[readonly LogEntry[], number]> {
  const { entries } = await filesystem.read(LOG)
  const { first } = await filesystem.append(LOG, [Buffer.from('end')])
  return [entries, first - 1]
}

interface Waiting {
  readonly id: number
  readonly call: string
  readonly go: () => void
}

interface Scheduled {
  readonly gate: Gate
  begin(): void
}

/** Lets exactly one process run at a time, from one scheduling point to its next. */
class Turns {
  readonly trace: string[] = []
  readonly #chooser: Chooser
  readonly #waiting = new Map<number, Waiting>()
  #idle: () => void = () => {}
  #last = 0

  constructor(chooser: Chooser) {
    this.#chooser = chooser
  }

  add(id: number): Scheduled {
    let begun = false
    const point = (call: string): Promise<void> =>
      begun
        ? new Promise((go) => {
            this.#waiting.set(id, { id, call, go })
            this.#idle()
          })
        : Promise.resolve()
    const shows = (): boolean => this.#chooser.choose(2, false) === 0
    return {
      gate: { point, shows },
      begin: () => {
        begun = true
      },
    }
  }

  async run(programs: readonly (() => Promise<void>)[]): Promise<void> {
    let failure: { error: unknown } | undefined
    for (const program of programs) {
      await this.#untilIdle(() => {
        const settle = (): void => this.#idle()
        program().then(settle, (error: unknown) => {
          failure ??= { error }
          settle()
        })
      })
    }
    while (this.#waiting.size > 0) await this.#untilIdle(() => this.#step())
    if (failure) throw failure.error
  }

  #step(): void {
    const options = [...this.#waiting.values()].sort((a, b) => a.id - b.id)
    const current = this.#waiting.get(this.#last)
    const ordered = current ? [current, ...options.filter((option) => option !== current)] : options
    const chosen = ordered[ordered.length === 1 ? 0 : this.#chooser.choose(ordered.length, current !== undefined)]
    if (!chosen) throw new RangeError('Cannot schedule: the chooser named no process')
    this.#waiting.delete(chosen.id)
    this.#last = chosen.id
    this.trace.push(`p${chosen.id} ${chosen.call}`)
    chosen.go()
  }

  /** Starts something and waits until the process that it set going stands at a scheduling point or has ended. */
  #untilIdle(start: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#idle = resolve
      start()
    })
  }
}

/** No waiting: a backoff is of no interest where the scheduler decides who is slow. */
function quietRuntime(id: number, clockMs: number): Runtime {
  const random = seededRandom(id)
  return {
    monotonicMs: () => 0,
    wallMs: () => clockMs,
    random: () => random.fraction(),
    randomHex: (bytes) => Array.from({ length: bytes }, () => random.below(256).toString(16).padStart(2, '0')).join(''),
    sleep: async () => {},
    turn: async () => {},
  }
}
