import type { Filesystem } from '@latchless/filesystem'
import { FilesystemError, LocalFilesystem } from '@latchless/filesystem'
import { DiskError, seededRandom } from '@latchless/filesystem/testing'
import { describe, expect, test } from 'vitest'
import type { DiskFault } from './faulty-disk.ts'
import { Crashed, FaultyDisk } from './faulty-disk.ts'
import { bodiesOf } from './log-scenarios.ts'
import type { Survives } from './simulated-disk.ts'
import { OPEN_GATE, SimulatedDisk } from './simulated-disk.ts'

const LOG = '/deep/l'
const BATCHES = `records${LOG}/+log/v`
const FAULTS: readonly DiskFault[] = ['EIO before', 'EIO after', 'ENOSPC before', 'crash before', 'crash after']

interface Subject {
  readonly name: string
  /** What was appended before, a text a batch. */
  readonly before: readonly string[]
  readonly act: (filesystem: Filesystem) => Promise<unknown>
  /** What the log holds once it was done, by sequence. */
  readonly done: readonly (readonly [number, string])[]
}

const SUBJECTS: readonly Subject[] = [
  {
    name: 'the first append of a log',
    before: [],
    act: async (filesystem) => await filesystem.append(LOG, bodiesOf('x', 'y')),
    done: [
      [1, 'x'],
      [2, 'y'],
    ],
  },
  {
    name: 'an append',
    before: ['a', 'b'],
    act: async (filesystem) => await filesystem.append(LOG, bodiesOf('x', 'y')),
    done: [
      [1, 'a'],
      [2, 'b'],
      [3, 'x'],
      [4, 'y'],
    ],
  },
  {
    name: 'a trim of some entries',
    before: ['a', 'b', 'c', 'd'],
    act: async (filesystem) => await filesystem.trim(LOG, 3),
    done: [
      [3, 'c'],
      [4, 'd'],
    ],
  },
  {
    name: 'a trim of everything',
    before: ['a', 'b', 'c'],
    act: async (filesystem) => await filesystem.trim(LOG, 100),
    done: [],
  },
]

async function open(disk: SimulatedDisk): Promise<LocalFilesystem> {
  return await LocalFilesystem.open({ root: '/' }, { disk: disk.as(OPEN_GATE) })
}

async function prepared(subject: Subject): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk()
  const filesystem = await open(disk)
  for (const text of subject.before) await filesystem.append(LOG, bodiesOf(text))
  return disk
}

async function entriesOf(filesystem: Filesystem): Promise<[number, string][]> {
  const { entries } = await filesystem.read(LOG, { limit: 100 })
  return entries.map(({ sequence, body }) => [sequence, Buffer.from(body).toString('utf8')])
}

type Outcome = 'done' | 'safe' | 'unknown' | 'crashed'

async function outcomeOf(call: Promise<unknown>): Promise<Outcome> {
  try {
    await call
    return 'done'
  } catch (error) {
    if (error instanceof Crashed) return 'crashed'
    if (error instanceof FilesystemError && error.retry === 'unknown') return 'unknown'
    if (error instanceof FilesystemError && error.code === 'unavailable' && error.retry === 'safe') return 'safe'
    throw error
  }
}

/** Runs the subject with a fault at its nth call; `undefined` when it makes fewer calls. */
async function runFaulted(
  subject: Subject,
  nth: number,
  fault: DiskFault,
): Promise<{ disk: SimulatedDisk; outcome: Outcome } | undefined> {
  const disk = await prepared(subject)
  const counting = new FaultyDisk(disk.as(OPEN_GATE), Number.POSITIVE_INFINITY, fault)
  await LocalFilesystem.open({ root: '/' }, { disk: counting.disk })
  const faulty = new FaultyDisk(disk.as(OPEN_GATE), counting.calls + nth, fault)
  const filesystem = await LocalFilesystem.open({ root: '/' }, { disk: faulty.disk })
  const outcome = await outcomeOf(subject.act(filesystem))
  return faulty.failed === undefined ? undefined : { disk, outcome }
}

/** What must hold after a fault, with the store opened again: all of it happened or nothing, and the log goes on. */
async function checkRecovered(disk: SimulatedDisk, subject: Subject, outcome: Outcome): Promise<void> {
  const filesystem = await open(disk)
  const untouched = subject.before.map((text, at) => [at + 1, text])
  const found = await entriesOf(filesystem)
  if (outcome === 'done') expect(found).toEqual(subject.done)
  else if (outcome === 'safe') expect(found).toEqual(untouched)
  else expect([untouched, subject.done]).toContainEqual(found)
  const isDone = found.length === subject.done.length
  const next =
    isDone && subject.done.length > subject.before.length ? subject.done.length + 1 : subject.before.length + 1
  expect(await filesystem.append(LOG, bodiesOf('next'))).toEqual({ first: next, last: next })
  expect(await entriesOf(filesystem)).toEqual([...found, [next, 'next']])
  // A trim of everything finishes what a crashed one left, and leaves its own batch only.
  await filesystem.trim(LOG, 100)
  expect(await disk.as(OPEN_GATE).names(BATCHES)).toHaveLength(1)
  expect(await filesystem.append(LOG, bodiesOf('last'))).toEqual({ first: next + 1, last: next + 1 })
}

describe('a log with a fault at every disk call', () => {
  test.each(SUBJECTS.flatMap((subject) => FAULTS.map((fault) => ({ name: subject.name, subject, fault }))))(
    '$fault, during $name: all of it or nothing, and the log goes on',
    async ({ subject, fault }) => {
      let calls = 0
      for (let nth = 1; ; nth++) {
        const run = await runFaulted(subject, nth, fault)
        if (!run) break
        calls++
        await checkRecovered(run.disk, subject, run.outcome)
      }
      expect(calls).toBeGreaterThan(10)
    },
  )

  test.each(SUBJECTS)('a power cut behind every call of $name loses nothing acknowledged', async (subject) => {
    const random = seededRandom(7)
    const byChance: Survives = () => random.below(2) === 0
    for (let nth = 1, running = true; running; nth++) {
      for (const survives of [() => false, () => true, byChance, byChance]) {
        const run = await runFaulted(subject, nth, 'crash after')
        if (!run) {
          running = false
          break
        }
        run.disk.powerCut(survives)
        await checkRecovered(run.disk, subject, run.outcome)
      }
    }
  })

  test.each(SUBJECTS)('$name, acknowledged, survives a power cut that forgets everything unsynced', async (subject) => {
    const disk = await prepared(subject)
    await subject.act(await open(disk))
    disk.powerCut(() => false)
    await checkRecovered(disk, subject, 'done')
  })
})

describe('a directory that could not be synced behind an append', () => {
  test('leaves the outcome unknown, and nothing more is appended until the store is opened again', async () => {
    const disk = new SimulatedDisk()
    const inner = disk.as(OPEN_GATE)
    let failing = false
    const syncDirectory = async (directory: string): Promise<void> => {
      if (failing) throw new DiskError('EIO', directory)
      await inner.syncDirectory(directory)
    }
    const filesystem = await LocalFilesystem.open({ root: '/' }, { disk: { ...inner, syncDirectory } })
    await filesystem.append(LOG, bodiesOf('a'))
    failing = true
    const [first, waiting] = await Promise.allSettled([
      filesystem.append(LOG, bodiesOf('b')),
      filesystem.append(LOG, bodiesOf('c')),
    ])
    failing = false
    expect(first).toMatchObject({
      reason: {
        code: 'unavailable',
        retry: 'unknown',
        message: expect.stringMatching(/read the log to find out$/) as string,
      },
    })
    expect(waiting).toMatchObject({ reason: { code: 'unavailable', retry: 'never' } })
    await expect(filesystem.trim(LOG, 1)).rejects.toMatchObject({ code: 'unavailable', retry: 'never' })
    expect(await entriesOf(await open(disk))).toEqual([
      [1, 'a'],
      [2, 'b'],
    ])
  })
})

describe('a log without fsyncs, after a power cut', () => {
  test('goes on behind its newest whole batch, and tells that others were torn', async () => {
    const disk = new SimulatedDisk()
    const torn: unknown[] = []
    const openLoosely = async (): Promise<LocalFilesystem> =>
      await LocalFilesystem.open(
        { root: '/', durability: 'process', onTorn: (event) => torn.push(event) },
        { disk: disk.as(OPEN_GATE) },
      )
    const filesystem = await openLoosely()
    for (const text of ['a', 'b', 'c']) await filesystem.append(LOG, bodiesOf(text))
    disk.damage(`${BATCHES}/2`, new Uint8Array())
    disk.damage(`${BATCHES}/3`, new Uint8Array())
    const reopened = await openLoosely()
    expect(await entriesOf(reopened)).toEqual([[1, 'a']])
    expect(torn).toContainEqual({ path: LOG, lost: 3, used: 1, log: true })
    expect(await reopened.append(LOG, bodiesOf('d'))).toEqual({ first: 2, last: 2 })
    expect(await entriesOf(await openLoosely())).toEqual([
      [1, 'a'],
      [2, 'd'],
    ])
  })

  test('is corrupt where an entry in the middle is gone', async () => {
    const disk = new SimulatedDisk()
    const options = { root: '/', durability: 'process' } as const
    const filesystem = await LocalFilesystem.open(options, { disk: disk.as(OPEN_GATE) })
    for (const text of ['a', 'b', 'c']) await filesystem.append(LOG, bodiesOf(text))
    disk.damage(`${BATCHES}/2`, new Uint8Array())
    const reopened = await LocalFilesystem.open(options, { disk: disk.as(OPEN_GATE) })
    await expect(reopened.read(LOG)).rejects.toMatchObject({ code: 'corrupt', path: LOG, operation: 'read' })
    expect((await reopened.read(LOG, { after: 2 })).entries).toHaveLength(1)
  })
})
