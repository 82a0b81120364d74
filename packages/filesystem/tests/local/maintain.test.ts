import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Filesystem } from '@latchless/filesystem'
import { anything, LocalFilesystem, sequenceOf, systemRuntime } from '@latchless/filesystem'
import { describe, expect, test } from 'vitest'
import { FaultyDisk } from './faulty-disk.ts'
import { temporaryStore } from './fixture.ts'
import { bodiesOf } from './log-scenarios.ts'
import { entryOf } from './scenarios.ts'
import { OPEN_GATE, SimulatedDisk } from './simulated-disk.ts'
import { StallingGate } from './stalling-gate.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const later = { ...systemRuntime, wallMs: () => systemRuntime.wallMs() + DAY_MS }

/** A process of a simulated store that takes everything for abandoned. */
async function janitor(disk: SimulatedDisk): Promise<LocalFilesystem> {
  return await LocalFilesystem.open({ root: '/', runtime: later }, { disk: disk.as(OPEN_GATE) })
}

async function namesOf(root: string, directory: string): Promise<string[]> {
  return (await readdir(join(root, directory))).sort()
}

describe('maintain() of a local store', () => {
  test('removes what dead processes left in building and among the temporaries, once it is old', async () => {
    const { root, filesystem } = await temporaryStore()
    await filesystem.put('/r', entryOf('kept'), anything)
    await filesystem.append('/l', bodiesOf('kept'))
    await mkdir(join(root, 'building/dead/v'), { recursive: true })
    await mkdir(join(root, 'building/dead/t'))
    await writeFile(join(root, 'building/dead/v/0'), '')
    await mkdir(join(root, 'building/probe'))
    await writeFile(join(root, 'building/probe/target'), '')
    await writeFile(join(root, 'building/store-file'), '')
    await writeFile(join(root, 'records/r/+record/t/1-dead'), 'half')
    await writeFile(join(root, 'records/l/+log/t/1-dead'), 'half')

    expect(await filesystem.maintain()).toEqual({ removed: 0, more: false })
    const old = await LocalFilesystem.open({ root, runtime: later })
    expect(await old.maintain({ limit: 2 })).toEqual({ removed: 2, more: true })
    expect(await old.maintain({ limit: 3 })).toEqual({ removed: 3, more: false })
    expect(await namesOf(root, 'building')).toEqual([])
    expect(await namesOf(root, 'records/r/+record/t')).toEqual([])
    expect(await namesOf(root, 'records/l/+log/t')).toEqual([])
    expect(await filesystem.get('/r')).toMatchObject({ state: 'live' })
    expect((await filesystem.read('/l')).entries).toHaveLength(1)
  })

  test('removes superseded versions, at most its limit, oldest first', async () => {
    const { root, filesystem } = await temporaryStore({ durability: 'process' })
    for (let count = 0; count < 10; count++) await filesystem.put('/a/r', entryOf('x'), anything, { keepVersions: 2 })
    const versions = async (): Promise<string[]> => await namesOf(root, 'records/a/r/+record/v')
    expect(await versions()).toHaveLength(11)
    expect(await filesystem.maintain({ limit: 3 })).toEqual({ removed: 3, more: true })
    expect(await versions()).toEqual(['10', '3', '4', '5', '6', '7', '8', '9'])
    expect(await filesystem.maintain()).toEqual({ removed: 5, more: false })
    expect(await versions()).toEqual(['10', '8', '9'])
    expect(await filesystem.maintain()).toEqual({ removed: 0, more: false })
    const { versions: kept } = await filesystem.history('/a/r')
    expect(kept.map(({ info }) => sequenceOf(info.version))).toEqual([10, 9, 8])
  })

  test('finishes a trim whose process died, whichever call was its last', async () => {
    let deaths = 0
    for (let nth = 1; ; nth++) {
      const disk = new SimulatedDisk()
      const filesystem = await LocalFilesystem.open({ root: '/' }, { disk: disk.as(OPEN_GATE) })
      for (const text of ['a', 'b', 'c']) await filesystem.append('/l', bodiesOf(text))
      const counting = new FaultyDisk(disk.as(OPEN_GATE), Number.POSITIVE_INFINITY, 'crash after')
      await LocalFilesystem.open({ root: '/' }, { disk: counting.disk })
      const dying = new FaultyDisk(disk.as(OPEN_GATE), counting.calls + nth, 'crash after')
      const doomed = await LocalFilesystem.open({ root: '/' }, { disk: dying.disk })
      const [trim] = await Promise.allSettled([doomed.trim('/l', 100)])
      if (dying.failed === undefined) break
      expect(trim).toMatchObject({ status: 'rejected' })
      deaths++

      await (await janitor(disk)).maintain()
      const left = (await filesystem.read('/l')).entries.length
      expect(await disk.as(OPEN_GATE).names('records/l/+log/v')).toHaveLength(left === 0 ? 1 : 4)
      expect(await disk.as(OPEN_GATE).names('records/l/+log/t')).toEqual([])
      expect(await filesystem.append('/l', bodiesOf('d'))).toEqual({ first: 4, last: 4 })
    }
    expect(deaths).toBeGreaterThan(10)
  })

  test('leaves a damaged record as it is and goes on behind it', async () => {
    const { root, filesystem } = await temporaryStore({ durability: 'process' })
    for (const path of ['/a', '/b']) {
      for (let count = 0; count < 5; count++) await filesystem.put(path, entryOf('x'), anything, { keepVersions: 1 })
    }
    await writeFile(join(root, 'records/a/+record/v/5'), 'not a version\n{}')
    await writeFile(join(root, 'records/a/+record/v/4'), '{"a":1,"check":"no"}\n')
    for (const old of ['1', '2', '3', '0']) await writeFile(join(root, 'records/a/+record/v', old), 'damaged too\n')
    await filesystem.maintain()
    expect(await namesOf(root, 'records/b/+record/v')).toEqual(['4', '5'])
    expect(await namesOf(root, 'records/a/+record/v')).toContain('5')
  })
})

describe('a writer that is so slow that maintenance takes it for dead', () => {
  const writes: readonly (readonly [string, (filesystem: Filesystem) => Promise<unknown>])[] = [
    ['put', async (filesystem) => await filesystem.put('/r', entryOf('slow'), anything)],
    ['first put of a path', async (filesystem) => await filesystem.put('/new/r', entryOf('slow'), anything)],
    ['append', async (filesystem) => await filesystem.append('/l', bodiesOf('slow'))],
    ['first append of a log', async (filesystem) => await filesystem.append('/new/l', bodiesOf('slow'))],
  ]
  test.each(writes)('still lands its %s, exactly once', async (name, write) => {
    let stalls = 0
    for (let nth = 1; ; nth++) {
      const disk = new SimulatedDisk()
      const others = await janitor(disk)
      await others.put('/r', entryOf('first'), anything)
      await others.append('/l', bodiesOf('first'))
      const gate = new StallingGate()
      const slow = await LocalFilesystem.open({ root: '/' }, { disk: disk.as(gate) })
      gate.stallAt(nth)
      const pending = write(slow)
      if (!(await Promise.race([gate.stalled.then(() => true), pending.then(() => false)]))) break
      stalls++
      await others.maintain()
      gate.release()
      await pending
      const isNew = name.startsWith('first')
      if (name.includes('append')) {
        const { entries } = await others.read(isNew ? '/new/l' : '/l')
        expect(entries).toHaveLength(isNew ? 1 : 2)
      } else {
        const head = await others.get(isNew ? '/new/r' : '/r')
        expect(head.state === 'live' && sequenceOf(head.version)).toBe(isNew ? 1 : 2)
      }
    }
    expect(stalls).toBeGreaterThan(4)
  })
})
