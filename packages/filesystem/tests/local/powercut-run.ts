import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { LocalFilesystem, sequenceOf } from '@latchless/filesystem'

export interface PowerCutReport {
  readonly cuts: number
  /** Records looked at after a cut. */
  readonly checked: number
  /** Records that came back older than their last acknowledgement before the cut. */
  readonly lost: number
  /** Records that came back damaged. */
  readonly torn: number
  readonly acknowledged: number
}

interface Disks {
  readonly directory: string
  readonly outer: string
  readonly image: string
  readonly inner: string
}

/** Why this machine cannot cut the power of a disk; `undefined` when it can. */
export function powerCutObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'mounting loop devices needs root'
  for (const tool of ['mkfs.xfs', 'mkfs.ext4', 'losetup']) {
    if (!hasTool(tool)) return `${tool} is not installed (Debian: xfsprogs, e2fsprogs, mount)`
  }
  const directory = mkdtempSync(join(tmpdir(), 'latchless-powercut-'))
  try {
    plugIn(directory)
    return undefined
  } catch (error) {
    return `this machine mounts no loop devices: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`
  } finally {
    unplug(directory)
  }
}

/**
 * Cuts the power of an ext4 disk while a process writes records on it. The disk is an image on xfs; a reflink copy of the
 * image is what the disk would hold had the power gone at that instant, with everything not yet written back missing.
 */
export async function runPowerCuts(options: { cuts: number; durability: 'disk' | 'process' }): Promise<PowerCutReport> {
  const directory = mkdtempSync(join(tmpdir(), 'latchless-powercut-'))
  try {
    return await cutRepeatedly(plugIn(directory), options)
  } finally {
    unplug(directory)
  }
}

async function cutRepeatedly(
  disks: Disks,
  { cuts, durability }: { cuts: number; durability: 'disk' | 'process' },
): Promise<PowerCutReport> {
  const acknowledgements = join(disks.directory, 'acknowledgements')
  const program = new URL('powercut-writer.ts', import.meta.url)
  const writer = fork(program, [join(disks.inner, 'store'), acknowledgements, durability])
  const exited = once(writer, 'exit')
  let [checked, lost, torn] = [0, 0, 0]
  try {
    for (let cut = 0; cut < cuts; cut++) {
      const before = await acknowledgedBeyond(acknowledgements, cut * 30, writer.pid)
      const found = await afterPowerCut(disks, before)
      checked += found.checked
      lost += found.lost
      torn += found.torn
    }
  } finally {
    writer.kill('SIGKILL')
    await exited
  }
  return { cuts, checked, lost, torn, acknowledged: linesOf(acknowledgements).length }
}

/** Waits until the writer has got further, so that cuts fall on different moments, and tells how far it is. */
async function acknowledgedBeyond(file: string, lines: number, pid: number | undefined): Promise<Map<string, number>> {
  while (linesOf(file).length <= lines) {
    if (pid === undefined || !existsSync(`/proc/${pid}`)) throw new Error('Cannot go on: the writer has died')
    await setImmediate()
  }
  return new Map(
    linesOf(file).map((line) => {
      const [path = '', n] = line.split(' ')
      return [path, Number(n)]
    }),
  )
}

async function afterPowerCut(
  disks: Disks,
  acknowledged: ReadonlyMap<string, number>,
): Promise<{ checked: number; lost: number; torn: number }> {
  const copy = join(disks.outer, 'after-cut.img')
  const mounted = join(disks.directory, 'after-cut')
  run('cp', '--reflink=always', disks.image, copy)
  mkdirSync(mounted, { recursive: true })
  run('mount', '-o', 'loop', copy, mounted)
  let [lost, torn] = [0, 0]
  try {
    await using filesystem = await LocalFilesystem.open({ root: join(mounted, 'store') })
    for (const [path, n] of acknowledged) {
      try {
        const head = await filesystem.get(path)
        const found = head.state === 'live' ? Number(Buffer.from(head.entry.body).toString()) : 0
        if (found < n) lost++
        else if (head.state === 'live' && sequenceOf(head.version) !== found) torn++
      } catch {
        torn++
      }
    }
  } finally {
    run('umount', mounted)
    rmSync(copy)
  }
  return { checked: acknowledged.size, lost, torn }
}

function plugIn(directory: string): Disks {
  const [outer, inner] = [join(directory, 'outer'), join(directory, 'inner')]
  const image = join(outer, 'disk.img')
  mkdirSync(outer)
  mkdirSync(inner)
  run('truncate', '-s', '600M', join(directory, 'outer.img'))
  run('mkfs.xfs', '-q', '-m', 'reflink=1', join(directory, 'outer.img'))
  run('mount', '-o', 'loop', join(directory, 'outer.img'), outer)
  run('truncate', '-s', '64M', image)
  run('mkfs.ext4', '-q', '-F', image)
  run('mount', '-o', 'loop', image, inner)
  return { directory, outer, image, inner }
}

function unplug(directory: string): void {
  for (const name of ['after-cut', 'inner', 'outer']) {
    try {
      run('umount', join(directory, name))
    } catch {
      // Not mounted: plugging in stopped before it.
    }
  }
  rmSync(directory, { recursive: true, force: true })
}

function hasTool(tool: string): boolean {
  try {
    run('which', tool)
    return true
  } catch {
    return false
  }
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: 'pipe' })
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
}
