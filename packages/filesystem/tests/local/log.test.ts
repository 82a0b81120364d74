import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { anything, LocalFilesystem } from '@latchless/filesystem'
import { describe, expect, test } from 'vitest'
import { FaultyDisk } from './faulty-disk.ts'
import { temporaryStore } from './fixture.ts'
import { bodiesOf } from './log-scenarios.ts'
import { entryOf } from './scenarios.ts'
import { OPEN_GATE, SimulatedDisk } from './simulated-disk.ts'
import { StallingGate } from './stalling-gate.ts'

const BATCHES = 'records/l/+log/v'

async function storeWithLog(): Promise<{ root: string; reopen: () => Promise<LocalFilesystem> }> {
  const { root, filesystem } = await temporaryStore()
  await filesystem.append('/l', bodiesOf('one', 'two'))
  return { root, reopen: async () => await LocalFilesystem.open({ root }) }
}

/** The store of a disk, and the number of disk calls that something makes in it. */
async function counted(
  disk: SimulatedDisk,
): Promise<[LocalFilesystem, (run: () => Promise<unknown>) => Promise<number>]> {
  const counting = new FaultyDisk(disk.as(OPEN_GATE), Number.POSITIVE_INFINITY, 'EIO before')
  const filesystem = await LocalFilesystem.open({ root: '/' }, { disk: counting.disk })
  const count = async (run: () => Promise<unknown>): Promise<number> => {
    const before = counting.calls
    await run()
    return counting.calls - before
  }
  return [filesystem, count]
}

describe('the files of a log', () => {
  test('hold one line of JSON metadata and the entries verbatim, a file for each append', async () => {
    const { root, filesystem } = await temporaryStore({ writer: { service: 'docs', host: 'here', pid: 7 } })
    await filesystem.append('/l', bodiesOf('{"a":1}\n', '', '{"b":2}\n'))
    await filesystem.append('/l', bodiesOf('last'))
    const text = await readFile(join(root, BATCHES, '1'), 'utf8')
    const end = text.indexOf('\n')
    const body = text.slice(end + 1)
    expect(body).toBe('{"a":1}\n{"b":2}\n')
    expect(JSON.parse(text.slice(0, end))).toMatchObject({
      batch: 1,
      first: 1,
      last: 3,
      oldest: 1,
      lengths: [8, 0, 8],
      writer: { service: 'docs', host: 'here', pid: 7 },
      length: 16,
      sha256: createHash('sha256').update(body).digest('hex'),
    })
    expect(await readdir(join(root, 'records/l/+log/t'))).toEqual([])
    expect((await readdir(join(root, BATCHES))).sort()).toEqual(['0', '1', '2'])
  })

  test('are removed by a trim, all but the batch with which the numbering goes on', async () => {
    const { root, filesystem } = await temporaryStore()
    for (const text of ['a', 'b', 'c', 'd']) await filesystem.append('/l', bodiesOf(text))
    await filesystem.trim('/l', 3)
    expect((await readdir(join(root, BATCHES))).sort()).toEqual(['3', '4', '5'])
    await filesystem.trim('/l', 100)
    expect(await readdir(join(root, BATCHES))).toEqual(['6'])
    const again = await LocalFilesystem.open({ root })
    expect(await again.append('/l', bodiesOf('e'))).toEqual({ first: 5, last: 5 })
  })

  test('keep a batch of which a part is trimmed, and do not show that part', async () => {
    const { root, filesystem } = await temporaryStore()
    await filesystem.append('/l', bodiesOf('a', 'b', 'c'))
    await filesystem.trim('/l', 3)
    expect((await readdir(join(root, BATCHES))).sort()).toEqual(['1', '2'])
    const { entries } = await filesystem.read('/l')
    expect(entries.map(({ sequence }) => sequence)).toEqual([3])
    await expect(filesystem.read('/l', { after: 1 })).rejects.toMatchObject({ code: 'compacted', oldest: 3 })
  })

  test('keep the bytes of a trimmed entry until all entries of its batch are trimmed', async () => {
    const { root, filesystem } = await temporaryStore()
    await filesystem.append('/l', bodiesOf('TRIMMED', 'kept'))
    await filesystem.trim('/l', 2)
    await filesystem.maintain()
    expect((await filesystem.read('/l')).entries).toHaveLength(1)
    expect(await readFile(join(root, BATCHES, '1'), 'utf8')).toContain('TRIMMED')
    await filesystem.trim('/l', 3)
    const names = await readdir(join(root, BATCHES))
    const texts = await Promise.all(names.map((name) => readFile(join(root, BATCHES, name), 'utf8')))
    expect(texts.join('')).not.toContain('TRIMMED')
  })

  test('are no records: a listing, a query and a watched directory do not show them', async () => {
    const { filesystem } = await temporaryStore()
    await filesystem.append('/c/l', bodiesOf('x'))
    await filesystem.put('/c/r', entryOf('x'), anything)
    expect((await filesystem.list('/', { deleted: true })).items.map(({ path }) => path)).toEqual(['/c/r'])
    expect(await filesystem.get('/c/l')).toEqual({ state: 'unwritten' })
    expect((await filesystem.history('/c/l')).versions).toEqual([])
  })
})

describe('the cost of a log', () => {
  test('does not grow with its batches: an append and a tailing read make as many disk calls as ever', async () => {
    const disk = new SimulatedDisk()
    const [filesystem, count] = await counted(disk)
    let after = 0
    const appendOne = async (): Promise<unknown> => await filesystem.append('/l', bodiesOf('x'))
    const readOn = async (): Promise<void> => {
      after = (await filesystem.read('/l', { after })).entries.at(-1)?.sequence ?? after
    }
    const costs: number[][] = []
    for (let batch = 1; batch <= 300; batch++) costs.push([await count(appendOne), await count(readOn)])
    expect(costs.at(-1)).toEqual(costs[2])
    expect(costs.at(-1)?.reduce((a, b) => a + b)).toBeLessThan(20)
  })

  test('grows with the logarithm for whoever begins in the middle or comes back late', async () => {
    const disk = new SimulatedDisk()
    const [filesystem, count] = await counted(disk)
    const [sleeper, countSleeper] = await counted(disk)
    await filesystem.append('/l', bodiesOf('x'))
    await sleeper.read('/l')
    for (let batch = 2; batch <= 1000; batch++) await filesystem.append('/l', bodiesOf('x'))
    expect(await count(async () => await filesystem.read('/l', { after: 400, limit: 1 }))).toBeLessThan(25)
    expect(await countSleeper(async () => await sleeper.append('/l', bodiesOf('y')))).toBeLessThan(40)
  })
})

describe('a page of a log', () => {
  test('ends at 16 MiB of entries, in the middle of a batch as well, and the next one goes on there', async () => {
    const { filesystem } = await temporaryStore({ durability: 'process' })
    const entry = new Uint8Array(300 * 1024)
    for (let batch = 0; batch < 20; batch++) await filesystem.append('/l', [entry, entry, entry])
    const first = await filesystem.read('/l', { after: 0, limit: 1000 })
    // The entry with which the bound is reached still belongs to the page.
    expect(first).toMatchObject({ entries: { length: 55 }, next: 55 })
    const second = await filesystem.read('/l', { after: 55, limit: 1000 })
    expect(second.entries.map(({ sequence }) => sequence)).toEqual([56, 57, 58, 59, 60])
    expect(second.next).toBeUndefined()
  })
})

describe('an append that is stopped in the middle', () => {
  test('delays nobody, and lands behind what was appended and trimmed meanwhile, or is where it was', async () => {
    let stalls = 0
    for (let nth = 1; ; nth++) {
      const disk = new SimulatedDisk()
      const others = await LocalFilesystem.open({ root: '/' }, { disk: disk.as(OPEN_GATE) })
      await others.append('/l', bodiesOf('first'))
      const gate = new StallingGate()
      const stopped = await LocalFilesystem.open({ root: '/' }, { disk: disk.as(gate) })
      await stopped.read('/l')
      gate.stallAt(nth)
      const late = stopped.append('/l', bodiesOf('late'))
      if (!(await Promise.race([gate.stalled.then(() => true), late.then(() => false)]))) break
      stalls++
      const landed = (await others.read('/l')).entries.length === 2
      for (let count = 0; count < 10; count++) {
        await others.append('/l', bodiesOf(`n${count}`))
        await others.trim('/l', 1000)
      }
      gate.release()
      const expected = landed ? 2 : 12
      expect(await late).toEqual({ first: expected, last: expected })
      expect((await others.read('/l')).entries).toHaveLength(landed ? 0 : 1)
      expect(await others.append('/l', bodiesOf('next'))).toEqual({ first: 13, last: 13 })
    }
    expect(stalls).toBeGreaterThan(5)
  })
})

describe('what somebody planted in a log', () => {
  test('is noticed at every single byte of a batch', async () => {
    const { root, reopen } = await storeWithLog()
    const file = join(root, BATCHES, '1')
    const bytes = await readFile(file)
    const filesystem = await reopen()
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 0x01
      await writeFile(file, changed)
      await expect(filesystem.read('/l'), `byte ${at}`).rejects.toMatchObject({ code: 'corrupt', path: '/l' })
    }
    await writeFile(file, bytes)
    expect((await filesystem.read('/l')).entries).toHaveLength(2)
  })

  test.each(['copy', 'pipe', 'link', 'directory'])(
    'as the newest batch, a %s, is corrupt and never read',
    async (what) => {
      const { root, reopen } = await storeWithLog()
      const planted = join(root, BATCHES, '2')
      if (what === 'copy') await copyFile(join(root, BATCHES, '1'), planted)
      if (what === 'pipe') execFileSync('mkfifo', [planted])
      if (what === 'link') await symlink(join(root, BATCHES, '1'), planted)
      if (what === 'directory') await mkdir(planted)
      const filesystem = await reopen()
      await expect(filesystem.read('/l')).rejects.toMatchObject({ code: 'corrupt', path: '/l' })
      await expect(filesystem.append('/l', bodiesOf('x'))).rejects.toMatchObject({ code: 'corrupt', path: '/l' })
      expect(await readdir(join(root, 'records/l/+log/t'))).toEqual([])
    },
  )

  test.each([
    ['lengths', [1, 2, 3]],
    ['last', 1],
    ['oldest', 9],
    ['floor', 5],
    ['writer', null],
    ['time', 'now'],
  ])('as a header whose check is right and whose %s is %j is corrupt', async (field, value) => {
    const { root, reopen } = await storeWithLog()
    const file = join(root, BATCHES, '1')
    const [header = '', body] = (await readFile(file, 'utf8')).split('\n')
    const { check: _check, ...fields } = JSON.parse(header) as Record<string, unknown>
    const forged = JSON.stringify({ ...fields, [field]: value })
    const check = createHash('sha256').update(forged).digest('hex')
    await writeFile(file, `${forged.slice(0, -1)},"check":"${check}"}\n${body}`)
    await expect((await reopen()).read('/l')).rejects.toMatchObject({ code: 'corrupt' })
  })
})
