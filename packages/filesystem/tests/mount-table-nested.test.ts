import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  absent,
  encrypted,
  type Filesystem,
  Keyring,
  MemoryFilesystem,
  mountTable,
  PlainFilesystem,
  type Permission,
  scoped,
} from '@latchless/filesystem'
import { FaultScript, faulty } from '@latchless/filesystem/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { testKey } from './support/encrypted-subjects.ts'

const entry = { body: Uint8Array.of(1), contentType: 'text/plain' }

async function plain(): Promise<Filesystem> {
  const root = await mkdtemp(join(tmpdir(), 'latchless-nested-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  return PlainFilesystem.open({ root })
}

describe('A mount table without a mount at the root', () => {
  it('declares there what all its mounts have, and offers it to a table that requires it', async () => {
    const inner = mountTable([
      { at: '/a', filesystem: await MemoryFilesystem.open({ limits: { bodyBytesMax: 500 } }) },
      { at: '/b/c', filesystem: await MemoryFilesystem.open({ limits: { appendEntriesMax: 7 } }) },
    ])
    expect(inner.capabilities('/')).toMatchObject({
      backend: 'memory',
      cas: 'records',
      watch: true,
      limits: { bodyBytesMax: 500, appendEntriesMax: 7 },
    })
    expect(inner.capabilities('/b').limits.bodyBytesMax).toBe(inner.capabilities('/b/c').limits.bodyBytesMax)
    expect(mountTable([{ at: '/in', filesystem: inner, requires: { cas: 'record' } }])).toBeDefined()
    const mixed = mountTable([
      { at: '/a', filesystem: await MemoryFilesystem.open() },
      { at: '/b', filesystem: await plain() },
    ])
    expect(mixed.capabilities('/')).toMatchObject({ backend: 'several', cas: 'none', query: 'none', transact: false })
    expect(mixed.capabilities('/c').backend).toBe('none')
    const requiring = () => mountTable([{ at: '/in', filesystem: mixed, requires: { cas: 'record' } }])
    expect(requiring).toThrow(
      expect.objectContaining({ missing: [{ capability: 'cas', required: 'record', found: 'none' }] }),
    )
  })

  it('is maintained by the table that it is mounted in', async () => {
    const script = new FaultScript()
    const store = faulty(await MemoryFilesystem.open(), script)
    const inner = mountTable([{ at: '/a', filesystem: store }])
    const table = mountTable([{ at: '/in', filesystem: mountTable([{ at: '/deep', filesystem: inner }]) }])
    await table.maintain()
    expect(script.calls.map(({ operation }) => operation)).toEqual(['maintain'])
    expect(table.capabilities('/').maintain).toBe(true)
  })

  it('is sealed with the limits of the mount that a transaction is of', async () => {
    const limits = { bodyBytesMax: 3 * 1024 * 1024 }
    const big = await MemoryFilesystem.open({ limits })
    for (const points of [['/big'], ['/', '/big']]) {
      const small = await MemoryFilesystem.open()
      const table = mountTable(points.map((at) => ({ at, filesystem: at === '/' ? small : big })))
      const store = encrypted(table, new Keyring({ active: 'k', keys: { k: testKey } }))
      const large = { ...entry, body: new Uint8Array(2 * 1024 * 1024) }
      const [one, two] = [`/big/${points.length}-1`, `/big/${points.length}-2`]
      await store.put(one, large, absent)
      await store.transact([{ type: 'put', path: two, entry: large, expect: absent }])
      expect(await store.get(two)).toMatchObject({ state: 'live' })
    }
  })
})

describe('watch over a mount that has none', () => {
  it('is declared to be missing at the prefixes that span it, and only there', async () => {
    const table = mountTable([
      { at: '/', filesystem: await MemoryFilesystem.open() },
      { at: '/deep/er', filesystem: await plain() },
      { at: '/m', filesystem: await MemoryFilesystem.open() },
    ])
    for (const prefix of ['/', '/deep', '/deep/er', '/deep/er/x', '/m', '/n']) {
      const { watch } = table.capabilities(prefix)
      expect([prefix, watch]).toEqual([prefix, prefix === '/m' || prefix === '/n'])
      if (watch) continue
      const changes = async () => table.watch(prefix)[Symbol.asyncIterator]().next()
      await expect(changes(), prefix).rejects.toMatchObject({ code: 'unsupported' })
    }
    const outer = mountTable([{ at: '/in', filesystem: table }])
    expect([outer.capabilities('/').watch, outer.capabilities('/in/m').watch]).toEqual([false, true])
  })

  it('does not concern a view whose grant there permits no watch', async () => {
    const table = mountTable([
      { at: '/', filesystem: await MemoryFilesystem.open() },
      { at: '/plain', filesystem: await plain() },
    ])
    const view = (permissions: readonly Permission[]) =>
      scoped(table, [
        { alias: '/', target: '/mine', permissions: ['read', 'list'] },
        { alias: '/p', target: '/plain', permissions },
      ])
    expect(view(['read', 'list']).capabilities('/').watch).toBe(false)
    expect(view(['write']).capabilities('/').watch).toBe(true)
    const next = view(['write']).watch('/')[Symbol.asyncIterator]().next()
    await table.put('/mine/a', entry, absent)
    expect(await next).toMatchObject({ value: { type: 'put', path: '/a' } })
  })
})
