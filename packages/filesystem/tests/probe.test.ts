import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Filesystem,
  FilesystemError,
  LocalFilesystem,
  MemoryFilesystem,
  PlainFilesystem,
  probe,
} from '@latchless/filesystem'
import { FaultScript, faulty, InterceptedFilesystem } from '@latchless/filesystem/testing'
import { afterAll, describe, expect, it } from 'vitest'
import {
  ChecksThenSets,
  ComparesSequencesOnly,
  DeletesAnyVersion,
  ForgetsWriteIds,
  HidesWinner,
  IgnoresVersion,
  RestartsVersions,
  TakesRecordsWithoutCas,
  TombstoneIsUnwritten,
} from './mutants/index.ts'

const base = await mkdtemp(join(tmpdir(), 'latchless-probe-'))
afterAll(() => rm(base, { recursive: true, force: true }))

async function failedChecks(filesystem: Filesystem): Promise<string[]> {
  const report = await probe(filesystem, '/probed', { rounds: 5 })
  expect(report.ok).toBe(report.checks.every(({ ok }) => ok))
  return report.checks.filter(({ ok }) => !ok).map(({ name }) => name)
}

/** Lets a transaction write the steps before the one that loses. */
class HalfTransactions extends InterceptedFilesystem {
  static async open(): Promise<Filesystem> {
    const inner = await MemoryFilesystem.open()
    return new this(inner, async (call, proceed) => {
      if (call.operation === 'transact') {
        for (const step of call.args[0]) if (step.type === 'put') await inner.put(step.path, step.entry, step.expect)
      }
      return proceed()
    })
  }
}

describe('probe()', () => {
  it('finds that the memory backend keeps what it claims, and names every check', async () => {
    const report = await probe(await MemoryFilesystem.open(), '/probed')
    expect(report.ok).toBe(true)
    expect(report.checks.map(({ name }) => name)).toEqual([
      'create-on-existing',
      'stale-replace',
      'stale-delete',
      'recreate',
      'foreign-version',
      'replay',
      'winner',
      'race',
      'transact',
      'cleanup',
    ])
    expect(report.checks.find(({ name }) => name === 'race')?.detail).toBe(
      'one winner in each of 50 rounds of 4 racers',
    )
  })

  it('leaves tombstones only, directly below the path, and says so', async () => {
    const store = await MemoryFilesystem.open()
    const { checks } = await probe(store, '/probed', { rounds: 2 })
    expect((await store.list('/')).items).toEqual([])
    const left = (await store.list('/probed', { depth: 'children', deleted: true })).items
    expect(checks.at(-1)?.detail).toBe(`${left.length} tombstones are left until the store forgets them`)
    expect((await store.list('/', { deleted: true })).items).toHaveLength(left.length)
  })

  it('lets several handles of one store race', async () => {
    const root = await mkdtemp(join(base, 'store-'))
    const open = () => LocalFilesystem.open({ root, durability: 'process' })
    const [first, second, third] = await Promise.all([open(), open(), open()])
    const report = await probe(first, '/', { rounds: 10, contenders: [second, third] })
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([])
    expect(report.checks.find(({ name }) => name === 'race')?.detail).toContain('10 rounds of 3 racers')
    await Promise.all([first.close(), second.close(), third.close()])
  })

  it('finds handles that are not of one store', async () => {
    const [store, other] = await Promise.all([MemoryFilesystem.open(), MemoryFilesystem.open()])
    const { checks } = await probe(store, '/', { rounds: 3, contenders: [other] })
    expect(checks.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(['race'])
  })

  it.each([
    [IgnoresVersion, 'stale-replace'],
    [DeletesAnyVersion, 'stale-delete'],
    [TombstoneIsUnwritten, 'recreate'],
    [RestartsVersions, 'recreate'],
    [ComparesSequencesOnly, 'foreign-version'],
    [ForgetsWriteIds, 'replay'],
    [HidesWinner, 'winner'],
    [ChecksThenSets, 'race'],
    [HalfTransactions, 'transact'],
    [TakesRecordsWithoutCas, 'records-refused'],
  ] as const)('finds out a broken backend: $name', async (mutant, check) => {
    expect(await failedChecks(await mutant.open())).toContain(check)
  })

  it('finds out a store that ignores every precondition', async () => {
    const store = await MemoryFilesystem.open()
    const careless = new Proxy(store, {
      get(target, name) {
        if (name === 'put') return (path: string, entry: never) => target.put(path, entry, { type: 'any' })
        const member: unknown = Reflect.get(target, name, target)
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
    const failed = await failedChecks(careless)
    expect(failed).toEqual(expect.arrayContaining(['create-on-existing', 'stale-replace', 'recreate', 'race']))
  })

  it('finds that a byte-only store refuses records as declared, and leaves nothing', async () => {
    const store = await PlainFilesystem.open({ root: await mkdtemp(join(base, 'plain-')) })
    const report = await probe(store, '/probed')
    expect(report).toMatchObject({ ok: true, checks: [{ name: 'records-refused' }, { detail: 'nothing is left' }] })
  })

  it('sends the identical put again when the store is busy or a reply is lost', async () => {
    const script = new FaultScript([
      { operation: 'put', nth: 2, fault: 'busy' },
      { operation: 'put', nth: 4, fault: 'error-after' },
    ])
    const report = await probe(faulty(await MemoryFilesystem.open(), script), '/probed', { rounds: 2 })
    expect(report.ok).toBe(true)
  })

  it('repeats a busy delete like a busy put, and leaves no live record', async () => {
    for (let nth = 1; nth <= 12; nth++) {
      const store = await MemoryFilesystem.open()
      const script = new FaultScript([
        { operation: 'delete', nth, fault: 'busy' },
        { operation: 'delete', nth: nth + 2, fault: 'error-after' },
      ])
      const report = await probe(faulty(store, script), '/probed', { rounds: 1 })
      expect(report.checks.filter(({ ok }) => !ok)).toEqual([])
      expect((await store.list('/')).items).toEqual([])
    }
  })

  it('removes what it can when one record cannot be removed, and names that', async () => {
    const store = await MemoryFilesystem.open()
    const stubborn = new InterceptedFilesystem(store, async (call, proceed) => {
      if (call.operation === 'delete' && call.path.endsWith('-replace')) {
        throw new FilesystemError('corrupt', 'Cannot delete it: it is damaged')
      }
      return proceed()
    })
    const { ok, checks } = await probe(stubborn, '/probed', { rounds: 1 })
    const left = (await store.list('/')).items.map(({ path }) => path)
    expect([ok, left]).toEqual([false, [expect.stringMatching(/-replace$/)]])
    expect(checks.at(-1)).toMatchObject({
      name: 'cleanup',
      ok: false,
      detail: `delete what is left at "${left[0]}"; the last failure: Cannot delete it: it is damaged`,
    })
  })

  it('reports a check that fails with an error of the store', async () => {
    const script = new FaultScript([{ operation: 'transact', fault: 'error-before' }])
    const { checks } = await probe(faulty(await MemoryFilesystem.open(), script), '/probed', { rounds: 2 })
    expect(checks.find(({ name }) => name === 'transact')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/^failed with unavailable: Cannot transact/) as string,
    })
  })

  it('throws when the store cannot be used at all', async () => {
    const store = await MemoryFilesystem.open()
    await expect(probe(store, '/probed', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
    await expect(probe(store, 'probed')).rejects.toMatchObject({ code: 'invalid-argument' })
    await expect(probe(store, '/probed', { rounds: 0 })).rejects.toMatchObject({ code: 'invalid-argument' })
    await store.close()
    await expect(probe(store, '/probed')).rejects.toMatchObject({ code: 'closed' })
  })
})
