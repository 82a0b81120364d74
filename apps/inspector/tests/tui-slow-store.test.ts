import type { Filesystem } from '@latchless/filesystem'
import { describe, expect, test, vi } from 'vitest'
import { memoryStore } from './records-store.ts'
import { openShell } from './tui-shell.ts'

/** As long as what was shown before may stay beside what is awaited, and more. */
const LATE_MS = 500

type Trouble = 'none' | 'silent' | 'broken'

/** A store that does not answer any more, or only with errors, from when the test says so. */
function troubled(fs: Filesystem) {
  const state: { trouble: Trouble } = { trouble: 'none' }
  const held: (() => void)[] = []
  const store = new Proxy(fs, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      const call = member.bind(target) as (...args: unknown[]) => unknown
      if (name === 'capabilities' || name === 'watch' || name === 'close') return call
      return async (...args: unknown[]) => {
        if (state.trouble === 'broken') throw new Error('the disk went away')
        if (state.trouble === 'silent') await new Promise<void>((resolve) => held.push(resolve))
        return await call(...args)
      }
    },
  })
  const answer = () => {
    state.trouble = 'none'
    for (const resolve of held.splice(0)) resolve()
  }
  return { store, answer, becomes: (trouble: Trouble) => (state.trouble = trouble) }
}

async function twoRecords() {
  const { fs, put } = await memoryStore()
  await put('/a', { is: 'first' })
  await put('/b', { is: 'second' })
  for (const n of [1, 2, 3]) await put('/c', { n })
  return fs
}

describe('a value that does not come', () => {
  test('is not taken for that of the record before', async () => {
    const { store, becomes, answer } = troubled(await twoRecords())
    const shell = openShell({ store })
    await shell.shows('is: "first"')
    becomes('silent')
    shell.press('j')
    shell.pass(LATE_MS)
    expect(shell.text()).not.toContain('first')
    expect(shell.text()).toContain('│ reading')
    shell.press('Y')
    expect(shell.copied).toEqual([])
    answer()
    await shell.shows('is: "second"')
  })

  test('is read again once the store is back', async () => {
    const { store, becomes, answer } = troubled(await twoRecords())
    const shell = openShell({ store })
    await shell.shows('is: "first"')
    becomes('broken')
    shell.press('j')
    await shell.shows('it could not be read: r reads it again')
    expect(shell.text()).not.toContain('first')
    answer()
    shell.press('r')
    await shell.shows('is: "second"')
  })

  test('does not keep what was asked for after it from being read', async () => {
    const { store, becomes } = troubled(await twoRecords())
    const shell = openShell({ store })
    await shell.shows('is: "first"')
    becomes('broken')
    shell.press('j')
    becomes('none')
    shell.press('j')
    await shell.shows('n: 3')
  })
})

describe('versions that do not come', () => {
  test('are not compared as those before them were', async () => {
    const { store, becomes, answer } = troubled(await twoRecords())
    const shell = openShell({ store, destination: { to: 'history', path: '/c' } })
    await shell.shows('~ /n  2 → 3')
    await shell.shows(/v2 .*\+1 -1/)
    becomes('silent')
    shell.press('b')
    shell.press('jj')
    shell.pass(LATE_MS)
    expect(shell.text()).not.toContain('2 → 3')
    expect(shell.text()).toContain('│ reading')
    answer()
    await shell.shows('3 → 1')
  })

  test('are being read, not missing', async () => {
    const { store, becomes } = troubled(await twoRecords())
    becomes('silent')
    const shell = openShell({ store, destination: { to: 'history', path: '/c' } })
    expect(shell.text()).toContain('reading')
    expect(shell.text()).not.toMatch(/not retained|never written|0\+? versions/)
  })

  test('are not said to be gone after an error', async () => {
    const { fs, put } = await memoryStore()
    for (let n = 1; n <= 300; n++) await put('/c', { n }, { keepVersions: 300 })
    const { store, becomes, answer } = troubled(fs)
    const shell = openShell({ store, destination: { to: 'history', path: '/c' } })
    await shell.shows('100+ versions')
    becomes('broken')
    shell.press('G')
    await shell.shows('the disk went away')
    shell.press('<escape>G')
    await vi.waitFor(() => expect(shell.shell.isWaiting).toBe(false))
    expect(shell.text()).not.toContain('not retained')
    await shell.shows('older ones could not be read')
    answer()
    shell.press('r')
    await shell.shows('more below')
  })
})

describe('a list that does not come', () => {
  test('says so after an error, and is read when it is asked for again', async () => {
    const { store, becomes, answer } = troubled(await twoRecords())
    becomes('broken')
    const shell = openShell({ store })
    await shell.shows('the disk went away')
    expect(shell.text()).not.toMatch(/^ *reading/m)
    await shell.shows('could not be read: r reads again')
    answer()
    shell.press('r')
    await shell.shows('/a')
  })

  test('is not being searched any more after an error', async () => {
    const { store, becomes } = troubled(await twoRecords())
    const shell = openShell({ store })
    await shell.shows('is: "first"')
    becomes('broken')
    shell.press('/x<enter>')
    await shell.shows('the disk went away')
    expect(shell.text()).not.toMatch(/scanning|nothing matches/)
    expect(shell.text()).toContain('an error stopped it')
  })
})
