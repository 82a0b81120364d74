import { anything, unwritten } from '../expectation.ts'
import type { Filesystem } from '../filesystem.ts'
import type { Version } from '../version.ts'
import { VersionMismatch } from '../version-mismatch.ts'
import { increment } from './counter.ts'
import { bodyOf, record, text } from './samples.ts'

export interface TaskArguments {
  readonly increment: { readonly path: string; readonly name: string; readonly times: number }
  readonly loop: { readonly path: string; readonly name: string }
  readonly create: { readonly paths: readonly string[]; readonly name: string }
  readonly write: { readonly path: string; readonly body: string }
  readonly read: { readonly path: string }
}

export interface TaskResult {
  readonly increment: readonly Version[]
  readonly loop: number
  readonly create: readonly string[]
  readonly write: null
  readonly read: { readonly state: string; readonly body?: string | undefined; readonly version?: Version | undefined }
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
}
