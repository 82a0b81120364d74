import { copyStore, type Filesystem, MemoryFilesystem } from '@latchless/filesystem'
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

  it('copies nothing of a log that was never written', async () => {
    expect(await copyLog()).toEqual([{ log: '/log', entries: 0, last: 0, conflict: false }])
  })
})
