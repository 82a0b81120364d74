import { anything, unwritten } from '../expectation.ts'
import type { Filesystem } from '../filesystem.ts'
import { HistoryRecorder } from '../testing/history-recorder.ts'
import type { RecordedOperation } from '../testing/recorded-history.ts'
import type { Version } from '../version.ts'
import { VersionMismatch } from '../version-mismatch.ts'
import { increment, incrementAfter } from './counter.ts'
import { work, type Workload } from './linearizability.ts'
import { bodies } from './log-reading.ts'
import { bodyOf, record, text } from './samples.ts'
import { transfer } from './transfer.ts'

export interface TaskArguments {
  readonly increment: { readonly path: string; readonly name: string; readonly times: number }
  readonly loop: { readonly path: string; readonly name: string }
  readonly create: { readonly paths: readonly string[]; readonly name: string }
  readonly write: { readonly path: string; readonly body: string }
  readonly read: { readonly path: string }
  readonly append: {
    readonly log: string
    readonly name: string
    readonly times: number
    readonly together: number
  }
  readonly appendLoop: { readonly log: string; readonly name: string; readonly together: number }
  readonly transfer: { readonly routes: readonly Route[]; readonly times: number; readonly log: string }
  readonly work: Workload
  readonly stall: { readonly path: string; readonly name: string; readonly times: number }
  readonly transferLoop: { readonly routes: readonly Route[]; readonly log: string }
}

type Route = readonly [from: string, to: string]

export interface TaskResult {
  readonly increment: readonly Version[]
  readonly loop: number
  readonly create: readonly string[]
  readonly write: null
  readonly read: { readonly state: string; readonly body?: string | undefined; readonly version?: Version | undefined }
  readonly append: null
  readonly appendLoop: number
  readonly transfer: null
  readonly transferLoop: number
  readonly work: readonly RecordedOperation[]
  readonly stall: number
}

export type TaskName = keyof TaskArguments & keyof TaskResult

/** How a task speaks with the parent. */
export interface TaskControl {
  readonly acknowledge: () => Promise<void>
  readonly isStopping: () => boolean
}

type Tasks = {
  readonly [Name in TaskName]: (
    filesystem: Filesystem,
    argument: TaskArguments[Name],
    control: TaskControl,
  ) => Promise<TaskResult[Name]>
}

/** What a forked process can be asked to do. */
export const tasks: Tasks = {
  /** Adds one to its own count several times; the versions that its writes became. */
  async increment(filesystem, { path, name, times }) {
    const versions: Version[] = []
    for (let n = 0; n < times; n++) versions.push(await increment(filesystem, path, name))
    return versions
  },

  /** Adds one to its own count until told to stop, and acknowledges each; how many. */
  async loop(filesystem, { path, name }, { acknowledge, isStopping }) {
    let count = 0
    while (!isStopping()) {
      await increment(filesystem, path, name)
      await acknowledge()
      count++
    }
    return count
  },

  /** Tries to be the first to create each path; the paths where it was. */
  async create(filesystem, { paths, name }) {
    const won: string[] = []
    for (const path of paths) {
      try {
        await filesystem.put(path, record({ name }), unwritten)
        won.push(path)
      } catch (error) {
        if (!(error instanceof VersionMismatch)) throw error
      }
    }
    return won
  },

  async write(filesystem, { path, body }) {
    await filesystem.put(path, text(body), anything)
    return null
  },

  async read(filesystem, { path }) {
    const head = await filesystem.get(path)
    return { state: head.state, body: bodyOf(head), version: head.state === 'unwritten' ? undefined : head.version }
  },

  /** Appends numbered entries under its name, several at a time. */
  async append(filesystem, { log, name, times, together }) {
    for (let n = 0; n < times; n += together) await filesystem.append(log, numbered(name, n, together))
    return null
  },

  /** Appends several numbered entries at a time until told to stop, and acknowledges each append; how many. */
  async appendLoop(filesystem, { log, name, together }, { acknowledge, isStopping }) {
    let count = 0
    for (; !isStopping(); count++) {
      await filesystem.append(log, numbered(name, count * together, together))
      await acknowledge()
    }
    return count
  },

  /** Reads and writes at random; what it saw, by the clock that the processes of a machine share. */
  async work(filesystem, workload) {
    const recorder = new HistoryRecorder(() => Number(process.hrtime.bigint()))
    await work(recorder.record(filesystem, workload.name), workload)
    return recorder.operations
  },

  /**
   * Adds one to its own count several times, and each time stops itself between its read and its write until it is told to
   * go on; how many.
   */
  async stall(filesystem, { path, name, times }, { acknowledge }) {
    for (let n = 0; n < times; n++) {
      await incrementAfter(filesystem, path, name, async () => {
        await acknowledge()
        process.kill(process.pid, 'SIGSTOP')
      })
    }
    return times
  },

  /** Moves one along one route after another, so many times in all. */
  async transfer(filesystem, { routes, times, log }) {
    for (let n = 0; n < times; n++) await transferAlong(filesystem, routes, n, log)
    return null
  },

  /** Moves one along one route after another until told to stop, and acknowledges each move; how many. */
  async transferLoop(filesystem, { routes, log }, { acknowledge, isStopping }) {
    let count = 0
    for (; !isStopping(); count++) {
      await transferAlong(filesystem, routes, count, log)
      await acknowledge()
    }
    return count
  },
}

async function transferAlong(filesystem: Filesystem, routes: readonly Route[], n: number, log: string): Promise<void> {
  const route = routes[n % routes.length]
  if (route) await transfer(filesystem, route[0], route[1], log)
}

function numbered(name: string, first: number, count: number): Uint8Array[] {
  return bodies(...Array.from({ length: count }, (_, n) => `${name} ${first + n}`))
}
