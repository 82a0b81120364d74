import { open, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { durationText } from '../../kinds/time-text.ts'
import { counted } from '../../model/measures.ts'
import { type CheckResult, skip, type StoreCheck } from '../check.ts'
import { Findings } from '../findings.ts'
import { ageMs, directoriesBelow, entriesOf } from '../local-directories.ts'
import { pathOf, storePlace } from '../store-place.ts'

/** A write takes moments; maintenance takes what is older than this for abandoned. */
const ABANDONED_MS = 60 * 60 * 1000
/** Superseded files that a store of files lets pile up before it removes them at once. */
const SUPERSEDED_MAX = 64
/** Enough for the header of most versions. */
const HEADER_BYTES = 16 * 1024

const temporary: StoreCheck = {
  id: 'files.temporary',
  expects: 'No temporary file or half-made directory is left of a write that ended long ago',
  over: 'store',
  async run(subject) {
    const local = pathOf(subject.url, 'local')
    const root = local ?? pathOf(subject.url, 'plain')
    if (root === undefined) return skip('the store is no directory of files')
    const found = new Findings()
    const judge = async (file: string) => {
      const age = await ageMs(file, subject.nowMs())
      if (age > ABANDONED_MS) found.add(`${file}, untouched for ${durationText(age)}`)
    }
    const building = local === undefined ? undefined : join(local, 'building')
    if (building !== undefined) {
      for (const { name } of await entriesOf(building)) await judge(join(building, name))
    }
    let looked = 0
    for await (const { directory, entries } of directoriesBelow(root, subject.recordsMax, subject.signal)) {
      looked++
      const isTemporaries = local !== undefined && /[/]\+(?:record|log)[/]t$/.test(directory)
      for (const entry of entries) {
        if (entry.isFile() && (isTemporaries || isPlainTemporary(entry.name))) await judge(join(directory, entry.name))
      }
    }
    return found.result({
      severity: 'warn',
      none: `nothing is left in ${counted(looked, 'directory', 'directories')}`,
      some: (count) => `${counted(count, 'leftover')} of writes that ended`,
      likelyCause: 'writers were killed, and nobody calls maintain() of the filesystem from time to time',
      next: [],
    })
  },
}

const superseded: StoreCheck = {
  id: 'files.superseded',
  expects: 'Files of versions that are not retained any more are removed',
  over: 'store',
  async run(subject) {
    const root = pathOf(subject.url, 'local')
    if (root === undefined) return skip('the store is no directory of versions')
    const found = new Findings()
    let looked = 0
    const below = directoriesBelow(join(root, 'records'), subject.recordsMax, subject.signal)
    for await (const { directory, entries } of below) {
      looked++
      if (!directory.endsWith('/+record/v')) continue
      const sequences = entries.map(({ name }) => Number(name)).filter(Number.isSafeInteger)
      if (sequences.length <= SUPERSEDED_MAX) continue
      const newest = sequences.reduce((high, sequence) => Math.max(high, sequence), 0)
      const oldest = await oldestRetained(join(directory, String(newest)))
      const count = sequences.filter((sequence) => sequence > 0 && sequence < oldest).length
      if (count > SUPERSEDED_MAX) found.add(`${directory} holds ${count} versions from before v${oldest}`)
    }
    return found.result({
      severity: 'warn',
      none: `none of ${counted(looked, 'directory', 'directories')} holds many`,
      some: (count) => `${counted(count, 'record')} with many superseded files`,
      likelyCause: 'removing them failed or was cut short; maintain() of the filesystem removes them',
      next: [],
    })
  },
}

const mount: StoreCheck = {
  id: 'files.mount',
  expects: 'What is written survives a power cut, and the disk has room',
  over: 'store',
  async run({ url, store }): Promise<CheckResult> {
    const place = storePlace(url)
    const path = pathOf(url, 'local', 'plain', 'sqlite')
    if (place === undefined || path === undefined) return skip('the store is on no disk of this machine')
    const { bavail, blocks, bsize, files, ffree } = await statfs(path)
    const found = new Findings()
    const { durability } = store.capabilities('/')
    if (durability !== 'disk')
      found.add(`what is written survives the end of the ${durability === 'memory' ? 'call' : 'process'} only`)
    const free = bavail * bsize
    if (free < FREE_BYTES_MIN) found.add(`${(free / MEBIBYTE).toFixed(0)} MiB are free`)
    if (files > 0 && ffree / files < FREE_FILES_MIN) found.add(`${ffree} of ${files} files can still be made`)
    return found.result({
      severity: 'warn',
      none: `durability ${durability}, ${(free / MEBIBYTE).toFixed(0)} of ${((blocks * bsize) / MEBIBYTE).toFixed(0)} MiB free`,
      some: () => 'the disk may lose or refuse what is written',
      likelyCause: 'the store lies on tmpfs, or the disk is nearly full',
      next: ['df --human-readable', 'df --inodes'],
    })
  },
}

const MEBIBYTE = 1024 * 1024
const FREE_BYTES_MIN = 100 * MEBIBYTE
const FREE_FILES_MIN = 0.01

export const fileChecks: readonly StoreCheck[] = [temporary, superseded, mount]

// `.name.pid.16 hex digits.tmp`, as writers of plain files name what is not whole yet.
function isPlainTemporary(name: string): boolean {
  return /^\..+\.[0-9a-f]{16}\.tmp$/s.test(name)
}

/** The oldest version that the newest one retains; 0 where that cannot be told. */
async function oldestRetained(file: string): Promise<number> {
  await using handle = await open(file, 'r').catch(() => undefined)
  if (!handle) return 0
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0)
  const [, oldest] = /"oldest":(\d{1,16})[,}]/.exec(buffer.toString('latin1', 0, bytesRead)) ?? []
  return oldest === undefined ? 0 : Number(oldest)
}
