import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, readlink, rm, statfs } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { execa } from 'execa'

const NAME = /^latchless-postgres-([0-9a-f]{8})-([0-9]+)-/
const POLL_MS = 10
const STOP_MS = 10_000
// Creating a database creates hundreds of files, which takes a disk's file system many times as long as memory.
const MEMORY = '/dev/shm'
const TMPFS = 0x0102_1994
const MEMORY_BYTES_MIN = 4 * 1024 ** 3

/**
 * Makes the directory of one server. Its name tells who keeps it, so that there is no moment at which a directory exists
 * and its keeper is not known.
 */
export async function makeServerDirectory(parent: string = tmpdir()): Promise<string> {
  return mkdtemp(join(parent, `latchless-postgres-${await machine()}-${process.pid}-`))
}

/** Where a server may have its data when nobody needs them on a disk. `TMPDIR`, when it is set, is somebody's decision. */
export async function fastParent(): Promise<string> {
  if (process.env['TMPDIR'] !== undefined) return tmpdir()
  const memory = await statfs(MEMORY).catch(() => undefined)
  return memory?.type === TMPFS && memory.bavail * memory.bsize >= MEMORY_BYTES_MIN ? MEMORY : tmpdir()
}

export function dataDirectory(directory: string): string {
  return join(directory, 'data')
}

export async function removeServerDirectory(directory: string): Promise<void> {
  // A server that was killed may leave processes that write for a moment longer.
  await rm(directory, { recursive: true, force: true, maxRetries: 10 })
}

/** Ends the servers, and removes the directories, of keepers that were killed before they could do it themselves. */
export async function sweepServerDirectories(): Promise<void> {
  for (const parent of new Set([tmpdir(), MEMORY])) await sweep(parent)
}

async function sweep(parent: string): Promise<void> {
  const here = await machine()
  const names = (await readdir(parent).catch(ignoreMissing)) ?? []
  for (const name of names) {
    const [, where, keeperPid] = NAME.exec(name) ?? []
    if (where !== here || keeperPid === undefined) continue
    const keeper = await commandLine(Number(keeperPid))
    // The number alone would not do: another process may have it by now.
    if (keeper?.includes('keeper.')) continue
    const directory = join(parent, name)
    // What belongs to another user is left to that user.
    await stopOrphan(directory)
      .then(() => removeServerDirectory(directory))
      .catch(ignoreForeign)
  }
}

async function stopOrphan(directory: string): Promise<void> {
  const data = dataDirectory(directory)
  const lines = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(ignoreMissing)
  const pid = Number(lines?.split('\n')[0])
  if (!(pid > 1)) return
  const runs = async () => (await commandLine(pid))?.includes(data) ?? false
  const giveUpAt = performance.now() + STOP_MS
  if (await runs()) signal(pid, 'SIGQUIT')
  while (await runs()) {
    if (performance.now() > giveUpAt) signal(pid, 'SIGKILL')
    await setTimeout(POLL_MS)
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // It ended by itself, or another sweep was faster.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** The command line of a process, `undefined` when there is none. */
async function commandLine(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) || undefined
  }
  const { stdout } = await execa('ps', ['-o', 'args=', '-p', String(pid)], { reject: false })
  return stdout || undefined
}

/** Process ids mean something only here: containers may share a temporary directory and number their processes alone. */
async function machine(): Promise<string> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '')
  return createHash('sha256').update(`${hostname()} ${namespace}`).digest('hex').slice(0, 8)
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
}

function ignoreForeign(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPERM' && error.code !== 'EACCES') throw error
}
