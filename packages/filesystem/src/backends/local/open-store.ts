import { FilesystemError } from '../../errors.ts'
import type { Durability } from '../../filesystem.ts'
import type { Runtime } from '../../runtime.ts'
import { durabilityOn } from '../file-systems.ts'
import type { Disk } from './disk.ts'
import { errnoOf } from './disk.ts'
import { BUILDING, RECORDS, STORE_FILE } from './layout.ts'

const FORMAT = 'latchless-local'
const FORMAT_VERSION = 1

/** What may lie in a root besides the store's own names: ext4 puts this into the root of a file system. */
const TOLERATED = new Set([STORE_FILE, BUILDING, RECORDS, 'lost+found'])

/**
 * Checks that the protocol holds on this disk and that the root is a store of this format, creating it when empty.
 *
 * Resolves with the durability in force.
 *
 * @throws {FilesystemError} `unsupported` for a file system or format that is not safe, `invalid-argument` for a directory
 * that holds something else, `corrupt` for a damaged store file.
 */
export async function openStore(
  disk: Disk,
  root: string,
  runtime: Runtime,
  wanted: 'disk' | 'process' | undefined,
): Promise<Durability> {
  const durability = await checkFileSystem(disk, root, wanted)
  await checkContents(disk, root)
  for (const directory of [BUILDING, RECORDS]) await ensureDirectory(disk, root, directory)
  await probe(disk, root, `${BUILDING}/${runtime.randomHex(16)}`)
  await ensureStoreFile(disk, root, runtime)
  if (durability === 'disk') await disk.syncDirectory('')
  return durability
}

/**
 * Checks that there is a store of this format, and writes nothing, not even to probe the disk.
 *
 * Resolves with the durability that its readers may count on.
 *
 * @throws {FilesystemError} as {@link openStore}, and `invalid-argument` where there is no store.
 */
export async function inspectStore(
  disk: Disk,
  root: string,
  wanted: 'disk' | 'process' | undefined,
): Promise<Durability> {
  const durability = await checkFileSystem(disk, root, wanted)
  if (!(await disk.names('')).includes(STORE_FILE)) throw noStore(root, 'it holds no store; check the path')
  await checkStoreFile(disk, root)
  return durability
}

async function checkFileSystem(disk: Disk, root: string, wanted: 'disk' | 'process' | undefined): Promise<Durability> {
  const verdict = durabilityOn(await disk.fileSystemType(), wanted)
  if ('problem' in verdict) throw refuse(root, verdict.problem)
  return verdict.durability
}

async function checkContents(disk: Disk, root: string): Promise<void> {
  const names = await disk.names('')
  if (names.includes(STORE_FILE)) return
  const foreign = names.find((name) => !TOLERATED.has(name))
  if (foreign === undefined) return
  throw noStore(root, `it holds ${JSON.stringify(foreign)} and no store; use an empty directory`)
}

async function ensureDirectory(disk: Disk, root: string, directory: string): Promise<void> {
  try {
    await disk.makeDirectory(directory)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
    if ((await disk.inspect(directory)) === 'plain') return
    throw damaged(root, `${directory} is not a directory of its own; remove the link`)
  }
}

/** Asks the disk itself for what the protocol relies on. */
async function probe(disk: Disk, root: string, aside: string): Promise<void> {
  const file = `${aside}/probe-\u00e9`
  await disk.makeDirectory(aside)
  try {
    await (await disk.create(file)).close()
    await disk.link(file, `${aside}/target`)
    if ((await errnoOfCall(disk.link(file, `${aside}/target`))) !== 'EEXIST') {
      throw refuse(root, 'its link(2) overwrites an existing name; use another file system')
    }
    if (await disk.exists(`${aside}/PROBE-\u00e9`))
      throw refuse(root, 'its names ignore case; use a case-sensitive one')
    const names = await disk.names(aside)
    if ((await disk.exists(`${aside}/probe-e\u0301`)) || !names.includes('probe-\u00e9')) {
      throw refuse(root, 'it rewrites names into another Unicode form; use one that keeps their bytes')
    }
    await disk.unlink(file)
    if ((await errnoOfCall(disk.link(file, `${aside}/late`))) !== 'ENOENT') {
      throw refuse(root, 'its link(2) still finds a file after unlink; use another file system')
    }
  } finally {
    for (const name of [file, `${aside}/target`, `${aside}/late`]) await disk.unlink(name).catch(() => undefined)
    await disk.removeDirectory(aside).catch(() => undefined)
  }
}

async function errnoOfCall(call: Promise<void>): Promise<string | undefined> {
  try {
    await call
    return undefined
  } catch (error) {
    return errnoOf(error)
  }
}

/** The store file is created once, by link, and never rewritten. Its epoch tells a restored copy from the original. */
async function ensureStoreFile(disk: Disk, root: string, runtime: Runtime): Promise<void> {
  if (!(await disk.exists(STORE_FILE))) {
    const temporary = `${BUILDING}/${runtime.randomHex(16)}`
    const content = { format: FORMAT, formatVersion: FORMAT_VERSION, epoch: runtime.randomHex(16) }
    const file = await disk.create(temporary)
    try {
      await file.write(Buffer.from(`${JSON.stringify(content)}\n`, 'utf8'))
      await file.sync()
      await disk.link(temporary, STORE_FILE)
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error
    } finally {
      await file.close().catch(() => undefined)
      await disk.unlink(temporary).catch(() => undefined)
    }
  }
  await checkStoreFile(disk, root)
}

async function checkStoreFile(disk: Disk, root: string): Promise<void> {
  const text = Buffer.from(await disk.read(STORE_FILE, 4096)).toString('utf8')
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (cause) {
    throw damaged(root, 'its STORE file is not JSON; restore it from a backup', cause)
  }
  const { format, formatVersion } = (content ?? {}) as { format?: unknown; formatVersion?: unknown }
  if (format !== FORMAT) throw damaged(root, `its STORE file is not that of a ${FORMAT} store`)
  if (formatVersion !== FORMAT_VERSION) {
    throw refuse(
      root,
      `its format version is ${String(formatVersion)}, this program knows ${FORMAT_VERSION}; upgrade it`,
    )
  }
}

/** The error for a root that is no store. */
export function noStore(root: string, problem: string, cause?: unknown): FilesystemError {
  return new FilesystemError('invalid-argument', `Cannot open store ${JSON.stringify(root)}: ${problem}`, {
    operation: 'open',
    cause,
  })
}

function refuse(root: string, problem: string): FilesystemError {
  return new FilesystemError('unsupported', `Cannot open store ${JSON.stringify(root)}: ${problem}`, {
    operation: 'open',
  })
}

function damaged(root: string, problem: string, cause?: unknown): FilesystemError {
  return new FilesystemError('corrupt', `Cannot open store ${JSON.stringify(root)}: ${problem}`, {
    operation: 'open',
    cause,
  })
}
