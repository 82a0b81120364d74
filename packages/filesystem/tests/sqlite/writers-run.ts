import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export interface WritersOptions {
  readonly path: string
  readonly seconds: number
  readonly processes: number
  /** Writers of each process, each with one write in flight. */
  readonly writers: number
  /** Records of each writer; 1 = one record that all share. */
  readonly paths: number
  readonly durability: 'disk' | 'process'
}

export interface WritersReport {
  readonly writes: number
  readonly medianMs: number
  readonly p99Ms: number
  readonly maxMs: number
  /** The longest that the event loop was held up. */
  readonly stallMs: number
}

const PROGRAM = fileURLToPath(new URL('writers-process.ts', import.meta.url))

/** Processes that write one database for a while; what each of them got done. */
export async function runWriters(options: WritersOptions): Promise<readonly WritersReport[]> {
  const { path, durability, writers, paths } = options
  const children: ChildProcess[] = []
  try {
    for (let index = 0; index < options.processes; index++) {
      const child = fork(PROGRAM, [path, `p${index}`, durability, String(writers), String(paths)])
      children.push(child)
      await messageOf(child)
    }
    const reports = children.map(async (child) => {
      const report = await messageOf(child)
      await once(child, 'exit')
      return report as WritersReport
    })
    for (const child of children) child.send('begin')
    await sleep(options.seconds * 1000)
    for (const child of children) child.send('stop')
    return await Promise.all(reports)
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}

async function messageOf(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('a process of writers ended before it answered')
  })
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [unknown]
  ended.catch(() => undefined)
  return message
}
