import { copyStore, type Filesystem, MemoryFilesystem } from '@latchless/filesystem'
import { FaultScript, faulty } from '@latchless/filesystem/testing'
import { beforeEach, describe, expect, it } from 'vitest'

let from: Filesystem
let to: Filesystem

beforeEach(async () => {
  from = await MemoryFilesystem.open({})
  to = await MemoryFilesystem.open({ limits: { appendEntriesMax: 7, bodyBytesMax: 40, pageSizeMax: 5 } })
})

const bodies = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, n) => Buffer.from(`entry ${first + n}`))

async function entriesOf(store: Filesystem, log: string): Promise<string[]> {
  const found: string[] = []
  for (let after: number | undefined; ;) {
    const page = await store.read(log, { after })
    found.push(...page.entries.map(({ sequence, body }) => `${sequence} ${Buffer.from(body).toString()}`))
    after = page.next
    if (after === undefined) return found
  }
}

/** The same store with another append. */
function intercept(store: Filesystem, append: (store: Filesystem) => Filesystem['append']): Filesystem {
  return new Proxy(store, {
    get(target, key) {
      const member: unknown = key === 'append' ? append(target) : Reflect.get(target, key)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

const copyLog = async () => (await copyStore(from, to, { logs: ['/log', '/log'] })).logs

describe('copyStore() with logs', () => {
  it('copies entries in order under their numbers, in batches that the target takes, and goes on from its last', async () => {
    await from.append('/log', bodies(1, 100))
    expect(await copyLog()).toEqual([{ log: '/log', entries: 100, last: 100, conflict: false }])
    expect(await entriesOf(to, '/log')).toEqual(await entriesOf(from, '/log'))
    expect(await copyLog()).toEqual([{ log: '/log', entries: 0, last: 100, conflict: false }])
    await from.append('/log', bodies(101, 103))
    expect(await copyLog()).toEqual([{ log: '/log', entries: 3, last: 103, conflict: false }])
    expect(await entriesOf(to, '/log')).toEqual(await entriesOf(from, '/log'))
  })

  it('keeps the numbers of a log whose beginning was trimmed, before and after it was copied', async () => {
    await from.append('/log', bodies(1, 50))
    await from.trim('/log', 31)
    expect(await copyLog()).toEqual([{ log: '/log', entries: 20, last: 50, conflict: false }])
    await from.trim('/log', 45)
    await from.append('/log', bodies(51, 52))
    expect(await copyLog()).toEqual([{ log: '/log', entries: 2, last: 52, conflict: false }])
    const entries = await entriesOf(to, '/log')
    expect(entries).toEqual(await entriesOf(from, '/log'))
    expect(entries[0]).toBe('45 entry 45')
    await from.trim('/log', 100)
    // What the target holds may be anybody's now, until somebody who knows has trimmed it.
    expect(await copyLog()).toEqual([{ log: '/log', entries: 0, last: 44, conflict: true }])
    await to.trim('/log', 53)
    expect(await copyLog()).toEqual([{ log: '/log', entries: 0, last: 52, conflict: false }])
    expect((await to.append('/log', bodies(53, 53))).first).toBe(53)
  })

  it('leaves a log alone that holds something else, or more', async () => {
    await from.append('/log', bodies(1, 3))
    await to.append('/log', [Buffer.from('entry 1'), Buffer.from('mine')])
    const report = await copyStore(from, to, { logs: ['/log'] })
    expect(report.logs).toEqual([{ log: '/log', entries: 0, last: 1, conflict: true }])
    expect(report).toMatchObject({ conflicts: 1, conflictPaths: ['/log'] })
    await from.append('/more', bodies(1, 1))
    await to.append('/more', bodies(1, 2))
    expect((await copyStore(from, to, { logs: ['/more'] })).logs).toMatchObject([{ last: 1, conflict: true }])
    expect(await entriesOf(to, '/more')).toHaveLength(2)
  })

  it("never trims the target's own entries to make room for the numbers of a source that was trimmed", async () => {
    await from.append('/log', bodies(1, 12))
    await from.trim('/log', 10)
    await to.append(
      '/log',
      ['own1', 'own2', 'own3'].map((text) => Buffer.from(text)),
    )
    const report = await copyStore(from, to, { logs: ['/log'] })
    expect(report).toMatchObject({ conflicts: 1, conflictPaths: ['/log'], logs: [{ entries: 0, last: 0 }] })
    expect(await entriesOf(to, '/log')).toEqual(['1 own1', '2 own2', '3 own3'])
  })

  it('goes on behind fillers that an interrupted run has left', async () => {
    await from.append('/log', bodies(1, 12))
    await from.trim('/log', 10)
    await to.append('/log', [new Uint8Array(), new Uint8Array()])
    expect(await copyLog()).toEqual([{ log: '/log', entries: 3, last: 12, conflict: false }])
    expect(await entriesOf(to, '/log')).toEqual(await entriesOf(from, '/log'))
  })

  it('finds more entries in the target although they were trimmed there', async () => {
    await from.append('/log', bodies(1, 3))
    await to.append('/log', bodies(1, 5))
    await to.trim('/log', 6)
    expect(await copyLog()).toMatchObject([{ entries: 0, conflict: true }])
  })

  it('reads logs back, and finds a target that stores other entries or loses them', async () => {
    await from.append('/log', bodies(1, 3))
    const storing = (change: (bodies: readonly Uint8Array[]) => readonly Uint8Array[]) =>
      intercept(to, (store) => (log, given, options) => store.append(log, change(given), options))
    const lost = storing((given) => given.map(() => Buffer.from('LOST')))
    expect(await copyStore(from, lost, { logs: ['/log'] })).toMatchObject({
      conflicts: 0,
      verification: { entries: 3, entriesDifferent: 3, paths: ['/log'] },
    })
    await to.append('/intact', bodies(1, 2))
    await from.append('/intact', bodies(1, 3))
    const fine = await copyStore(from, to, { logs: ['/intact'] })
    expect(fine.verification).toMatchObject({ entries: 3, entriesDifferent: 0, paths: [] })
    await from.append('/short', bodies(1, 3))
    const losing = intercept(to, (store) => async (log, given, options) => {
      await store.append(log, given.slice(1), options)
      return { first: 1, last: given.length }
    })
    expect((await copyStore(from, losing, { logs: ['/short'] })).verification).toMatchObject({ entriesDifferent: 3 })
  })

  it('repeats an append that a busy store refused, and no append that may have landed', async () => {
    await from.append('/log', bodies(1, 20))
    await from.trim('/log', 4)
    const script = new FaultScript()
    for (const nth of [1, 2]) script.add({ operation: 'append', fault: 'busy', nth })
    const busy = await copyStore(from, faulty(to, script), { logs: ['/log'] })
    expect(busy.logs).toEqual([{ log: '/log', entries: 17, last: 20, conflict: false }])
    await from.append('/log', bodies(21, 22))
    script.add({ operation: 'append', fault: 'error-after' })
    await expect(copyStore(from, faulty(to, script), { logs: ['/log'] })).rejects.toMatchObject({ retry: 'unknown' })
    expect(await copyLog()).toEqual([{ log: '/log', entries: 0, last: 22, conflict: false }])
    expect(await entriesOf(to, '/log')).toEqual(await entriesOf(from, '/log'))
  })

  it('names a log that the target cannot take, and copies the others', async () => {
    await from.append('/big', [Buffer.alloc(41)])
    await from.append('/log', bodies(1, 3))
    for (const dryRun of [true, false]) {
      expect(await copyStore(from, to, { logs: ['/big', '/log'], dryRun })).toMatchObject({
        refused: 1,
        refusals: [{ path: '/big', code: 'too-large' }],
        logs: [{ log: '/log', entries: 3 }],
      })
    }
  })

  it('copies nothing of a log that was never written', async () => {
    expect(await copyLog()).toEqual([{ log: '/log', entries: 0, last: 0, conflict: false }])
  })
})
