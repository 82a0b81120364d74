import type { Filesystem, Head, WriteOptions } from '@latchless/filesystem'
import { anything, atVersion, FilesystemError, LocalFilesystem, sequenceOf, unwritten } from '@latchless/filesystem'
import { seededRandom } from '@latchless/filesystem/testing'
import { describe, expect, test } from 'vitest'
import type { DiskFault } from './faulty-disk.ts'
import { Crashed, FaultyDisk } from './faulty-disk.ts'
import { entryOf } from './scenarios.ts'
import { OPEN_GATE, SimulatedDisk } from './simulated-disk.ts'

const PATH = '/deep/r'
const FAULTS: readonly DiskFault[] = ['EIO before', 'EIO after', 'ENOSPC before', 'crash before', 'crash after']
const WRITE_ID = 'ab'.repeat(16)

interface Subject {
  readonly name: string
  /** Versions written before. */
  readonly versions: number
  readonly options: WriteOptions
  readonly deletes?: boolean
}

const SUBJECTS: readonly Subject[] = [
  { name: 'the first put of a path', versions: 0, options: {} },
  { name: 'a put', versions: 3, options: {} },
  { name: 'a put that purges', versions: 3, options: { keepVersions: 0 } },
  { name: 'a put that removes old versions in a batch', versions: 27, options: { keepVersions: 1 } },
  { name: 'a delete that purges', versions: 3, options: { keepVersions: 0 }, deletes: true },
]

async function open(disk: SimulatedDisk): Promise<LocalFilesystem> {
  return await LocalFilesystem.open({ root: '/' }, { disk: disk.as(OPEN_GATE) })
}

async function prepared(subject: Subject): Promise<{ disk: SimulatedDisk; head: Head }> {
  const disk = new SimulatedDisk()
  const filesystem = await open(disk)
  for (let count = 1; count <= subject.versions; count++) await filesystem.put(PATH, entryOf(`v${count}`), anything)
  return { disk, head: await filesystem.get(PATH) }
}

async function act(filesystem: Filesystem, subject: Subject, head: Head): Promise<unknown> {
  const expected = head.state === 'unwritten' ? unwritten : atVersion(head.version)
  const options = { ...subject.options, writeId: WRITE_ID }
  if (subject.deletes) return await filesystem.delete(PATH, expected, options)
  return await filesystem.put(PATH, entryOf('new'), expected, options)
}

function sequence(head: Head): number {
  return head.state === 'unwritten' ? 0 : sequenceOf(head.version)
}

type Outcome = 'done' | 'safe' | 'unknown' | 'crashed'

/** Runs the write with a fault at its nth call; `undefined` when it makes fewer calls. */
async function runFaulted(
  subject: Subject,
  nth: number,
  fault: DiskFault,
): Promise<{ outcome: Outcome; disk: SimulatedDisk; before: Head; call: string } | undefined> {
  const { disk, head } = await prepared(subject)
  const counting = new FaultyDisk(disk.as(OPEN_GATE), Number.POSITIVE_INFINITY, fault)
  await LocalFilesystem.open({ root: '/' }, { disk: counting.disk })
  const faulty = new FaultyDisk(disk.as(OPEN_GATE), counting.calls + nth, fault)
  const filesystem = await LocalFilesystem.open({ root: '/' }, { disk: faulty.disk })
  const outcome = await outcomeOf(act(filesystem, subject, head))
  if (faulty.failed === undefined) return undefined
  return { outcome, disk, before: head, call: `${fault} call ${nth} (${faulty.failed})` }
}

async function outcomeOf(write: Promise<unknown>): Promise<Outcome> {
  try {
    await write
    return 'done'
  } catch (error) {
    if (error instanceof Crashed) return 'crashed'
    if (error instanceof FilesystemError && error.retry === 'unknown') return 'unknown'
    if (error instanceof FilesystemError && error.code === 'unavailable' && error.retry === 'safe') return 'safe'
    throw error
  }
}

/** What must hold after a fault, with the store opened again. */
async function checkRecovered(disk: SimulatedDisk, subject: Subject, before: Head, outcome: Outcome): Promise<void> {
  const filesystem = await open(disk)
  const head = await filesystem.get(PATH)
  const grown = sequence(head) - sequence(before)
  expect([0, 1]).toContain(grown)
  if (outcome === 'done') expect(grown).toBe(1)
  if (outcome === 'safe') expect(grown).toBe(0)
  if (head.state === 'live') {
    const text = Buffer.from(head.entry.body).toString('utf8')
    expect(text).toBe(grown === 1 ? 'new' : `v${sequence(before)}`)
  }
  // Repeating the identical write settles it, whatever the first answer was.
  await act(filesystem, subject, before)
  const settled = await filesystem.get(PATH)
  expect(sequence(settled)).toBe(sequence(before) + 1)
  if (subject.options.keepVersions === 0) expect((await filesystem.history(PATH)).versions).toHaveLength(1)
  await filesystem.put(PATH, entryOf('next'), anything)
  expect(sequence(await filesystem.get(PATH))).toBe(sequence(before) + 2)
}

describe('a fault at every disk call', () => {
  test.each(SUBJECTS.flatMap((subject) => FAULTS.map((fault) => ({ name: subject.name, subject, fault }))))(
    '$fault, during $name: the record stays readable and the next write works',
    async ({ subject, fault }) => {
      let calls = 0
      for (let nth = 1; ; nth++) {
        const run = await runFaulted(subject, nth, fault)
        if (!run) break
        calls++
        await checkRecovered(run.disk, subject, run.before, run.outcome)
      }
      expect(calls).toBeGreaterThan(10)
    },
  )

  test.each(SUBJECTS)('a power cut behind every call of $name loses nothing acknowledged', async (subject) => {
    const random = seededRandom(7)
    const survivals = [() => false, () => true, () => random.below(2) === 0, () => random.below(2) === 0]
    for (let nth = 1, running = true; running; nth++) {
      for (const survives of survivals) {
        const run = await runFaulted(subject, nth, 'crash after')
        if (!run) {
          running = false
          break
        }
        run.disk.powerCut(survives)
        await checkRecovered(run.disk, subject, run.before, run.outcome)
      }
    }
  })

  test('an acknowledged write survives a power cut that forgets everything unsynced', async () => {
    for (const subject of SUBJECTS) {
      const { disk, head } = await prepared(subject)
      await act(await open(disk), subject, head)
      disk.powerCut(() => false)
      await checkRecovered(disk, subject, head, 'done')
    }
  })
})

describe('the power cut of these tests', () => {
  test.each(['the fsync of files', 'the fsync of directories'])('notices a disk without %s', async (missing) => {
    const disk = new SimulatedDisk()
    await (await open(disk)).put(PATH, entryOf('v1'), anything)
    const inner = disk.as(OPEN_GATE)
    const forgetful =
      missing === 'the fsync of files'
        ? { create: async (path: string) => ({ ...(await inner.create(path)), sync: async () => {} }) }
        : { syncDirectory: async () => {} }
    const filesystem = await LocalFilesystem.open({ root: '/' }, { disk: { ...inner, ...forgetful } })
    await filesystem.put(PATH, entryOf('v2'), anything)
    // The other kind survives by chance.
    disk.powerCut((kind) => kind === (missing === 'the fsync of files' ? 'name' : 'bytes'))
    const head = await (await open(disk)).get(PATH).catch((error: unknown) => error)
    expect(head).not.toMatchObject({
      state: 'live',
      info: { size: 2, version: expect.stringMatching(/^2\./) as string },
    })
  })
})

describe('a failed fsync', () => {
  test('of a directory behind the link is an unknown outcome and makes the store read-only', async () => {
    const { disk, head } = await prepared({ name: 'a put', versions: 1, options: {} })
    const inner = disk.as(OPEN_GATE)
    let broken = false
    const filesystem = await LocalFilesystem.open(
      { root: '/' },
      {
        disk: {
          ...inner,
          syncDirectory: async (path) => {
            if (broken) throw Object.assign(new Error('EIO'), { code: 'EIO' })
            await inner.syncDirectory(path)
          },
        },
      },
    )
    broken = true
    const put = filesystem.put(PATH, entryOf('new'), anything)
    await expect(put).rejects.toMatchObject({ code: 'unavailable', retry: 'unknown' })
    broken = false
    const next = filesystem.put(PATH, entryOf('newer'), anything)
    await expect(next).rejects.toMatchObject({ code: 'unavailable', retry: 'never' })
    expect(sequence(await filesystem.get(PATH))).toBe(sequence(head) + 1)
    expect(await (await open(disk)).put(PATH, entryOf('newer'), anything)).toMatchObject({ replayed: false })
  })
})
