import { readFile, statfs } from 'node:fs/promises'
import { cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os'
import { execa } from 'execa'
import type { Settings } from './scenarios/scenario.ts'

/** What the figures hold for: the first line of the JSON output. */
export interface Header {
  readonly type: 'header'
  readonly commit: string
  /** Whether the working tree differed from the commit. */
  readonly modified: boolean
  readonly node: string
  readonly system: string
  readonly cpu: string
  readonly cpus: number
  readonly memoryMb: number
  /** Of the directory for temporary files, where all stores are. */
  readonly fileSystem: string
  /** Load averages over 1, 5 and 15 minutes, before the first measurement. */
  readonly load: readonly number[]
  /** Whether it ran although the machine was busy. */
  readonly forced: boolean
  readonly time: string
  readonly settings: Settings
  readonly command: string
}

export async function headerOf(settings: Settings, command: string, forced: boolean): Promise<Header> {
  const [model] = cpus()
  const directory = tmpdir()
  return {
    type: 'header',
    commit: await git('rev-parse', '--short=12', 'HEAD'),
    modified: (await git('status', '--porcelain')) !== '',
    node: process.version,
    system: `${type()} ${release()}`,
    cpu: model?.model ?? 'unknown',
    cpus: cpus().length,
    memoryMb: Math.round(totalmem() / 2 ** 20),
    fileSystem: await fileSystemOf(directory),
    load: loadavg().map((value) => Math.round(value * 100) / 100),
    forced,
    time: new Date().toISOString(),
    settings,
    command,
  }
}

/** The 1-minute load average up to which figures are worth comparing, for each processor. */
const LOAD_PER_CPU_MAX = 0.25

/** Why figures of this machine would not be worth comparing at the moment; `undefined` when they are. */
export function busyReason([load = 0]: readonly number[], processors: number): string | undefined {
  const bound = LOAD_PER_CPU_MAX * processors
  if (load <= bound) return undefined
  return `the load average is ${load.toFixed(2)}, comparisons need at most ${bound.toFixed(2)}`
}

async function git(...parameters: string[]): Promise<string> {
  const { stdout } = await execa('git', parameters, { reject: false, cwd: new URL('../../../', import.meta.url) })
  return typeof stdout === 'string' && stdout !== '' ? stdout : ''
}

async function fileSystemOf(directory: string): Promise<string> {
  try {
    const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' '))
    const found = mounts
      .filter(
        ([, point = '']) => directory === point || directory.startsWith(point.endsWith('/') ? point : `${point}/`),
      )
      .toSorted(([, a = ''], [, b = '']) => b.length - a.length)[0]
    if (found?.[2]) return found[2]
  } catch {
    // Not a Linux.
  }
  return `type ${(await statfs(directory)).type}`
}
