import { truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { fixtureStore } from './fixture-store.ts'
import { endlessStore, memoryStore, pathsOf } from './records-store.ts'
import { openShell, type OpenShell } from './tui-shell.ts'

describe('the list', () => {
  test('shows records with their columns, and the value of the selected one', async () => {
    const { fs, put } = await memoryStore()
    await put('/orders/1', { id: 1, lines: [{ sku: 'a' }] })
    await put('/orders/2', { id: 2 }, { kind: 'draft' })
    const shell = openShell({ store: fs, columns: 120 })
    await shell.shows(/▶ \/orders\/1 +1 order +\d+B api-1/)
    await shell.shows('▾ lines: [1]')
    expect(shell.lines().at(-1)).toContain('row 1/2')
    shell.press('j')
    await shell.shows('id: 2')
    expect(shell.lines().at(-1)).toContain('row 2/2')
  })

  test('works on a million records without reading them', async () => {
    const { fs } = await memoryStore()
    const { store, calls, pathOf } = endlessStore(fs, 1_000_000)
    const shell = openShell({ store, rows: 40 })
    await shell.shows(pathOf(0))
    expect(shell.lines().at(-1)).toMatch(/row 1$/)
    shell.press('G')
    await shell.shows(`▶ ${pathOf(999_999)}`)
    expect(shell.lines().at(-1)).toContain('last row')
    shell.press('k<page-up>')
    expect(shell.lines().at(-1)).toContain('before the last')
    shell.press('g')
    await shell.shows(`▶ ${pathOf(0)}`)
    expect(calls.items).toBeLessThan(2000)
  })

  test('reads on while one goes down, and keeps its place', async () => {
    const { fs } = await memoryStore()
    const { store, pathOf } = endlessStore(fs, 10_000)
    const shell = openShell({ store, columns: 80 })
    await shell.shows(pathOf(0))
    await pressUntil(shell, '<page-down>', () => rowNumber(shell.lines()) > 1300)
    const number = rowNumber(shell.lines())
    expect(shell.text()).toContain(`▶ ${pathOf(number - 1)}`)
  })

  test('counts only when it is asked to', async () => {
    const { fs } = await memoryStore()
    const { store } = endlessStore(fs, 5500)
    const shell = openShell({ store })
    await shell.shows('/k/0000000')
    expect(shell.text()).not.toContain('5,500')
    shell.press(':count all<enter>')
    await shell.shows('5,500 records')
    expect(shell.lines().at(-1)).toContain('row 1/5,500')
  })

  test('does not go on counting what is not listed any more', async () => {
    const { fs } = await memoryStore()
    const { store } = endlessStore(fs, 5500)
    const shell = openShell({ store })
    await shell.shows('/k/0000000')
    shell.press(':count all<enter>D')
    await vi.waitFor(() => expect(shell.shell.isWaiting).toBe(false))
    await shell.shows('deleted too')
    expect(shell.text()).not.toMatch(/5,500|counting/)
  })

  test('does not take the count of records for that of directories', async () => {
    const { fs } = await memoryStore()
    const { store } = endlessStore(fs, 5500)
    const shell = openShell({ store })
    await shell.shows('/k/0000000')
    shell.press('t')
    await shell.shows('tree')
    shell.press(':count all<enter>')
    await shell.shows('5,500 records')
    expect(shell.lines().at(-1)).toMatch(/row 1$/)
  })

  test('sorts by the store or only what is in memory, and says which', async () => {
    const { fs, put } = await memoryStore()
    await put('/a', { small: 1 })
    await put('/b', { large: 'x'.repeat(500) })
    const shell = openShell({ store: fs })
    await shell.shows('▶ /a')
    shell.press('S')
    await vi.waitFor(() => expect(pathsOf(shell.lines())).toEqual(['/b', '/a']))
    expect(shell.text()).toContain('last path first')
    shell.press('S:sort size<enter>')
    await shell.shows('these 2 by size')
    await vi.waitFor(() => expect(pathsOf(shell.lines())).toEqual(['/b', '/a']))
    shell.press('S')
    expect(pathsOf(shell.lines())).toEqual(['/a', '/b'])
    shell.press(':sort colour<enter>')
    expect(shell.text()).toContain('expected path, ver, age, size, writer, kind')
  })

  test('shows directories as a tree, and opens them', async () => {
    const { fs, put } = await memoryStore()
    for (const path of ['/a/x/1', '/a/x/2', '/a/y', '/b']) await put(path, {})
    const shell = openShell({ store: fs })
    await shell.shows('/a/x/1')
    shell.press('t')
    await shell.shows('DIR')
    expect(pathsOf(shell.lines())).toEqual(['/a/', '/b'])
    shell.press('<enter>')
    await shell.shows(/records ▸ \/a\s/)
    await shell.shows('x/')
    shell.press('<enter>')
    await shell.shows(/records ▸ \/a\/x\s/)
    await shell.shows('▶ 1')
    shell.press('<escape>')
    await shell.shows(/records ▸ \/a\s/)
  })

  test('shows deleted records when it is asked to', async () => {
    const { fs, put, remove } = await memoryStore()
    await put('/a', {})
    await put('/b', {})
    await remove('/b')
    const shell = openShell({ store: fs })
    await shell.shows('▶ /a')
    expect(shell.text()).not.toContain('/b')
    shell.press('D')
    await shell.shows(/\/b +DEL +2/)
    shell.press('j')
    await shell.shows('deleted  updates 1')
  })

  test('shows a damaged record as one, and goes on', async () => {
    const store = await fixtureStore()
    for (const path of ['/a', '/b', '/c']) await store.put(path, '{}')
    await truncate(join(store.root, 'records/b/+record/v/1'), 5)
    const shell = openShell({ store: store.fs })
    await shell.shows(/\/b +BAD/)
    expect(pathsOf(shell.lines())).toEqual(['/a', '/b', '/c'])
    shell.press('j')
    await shell.shows(/│ Cannot .*\/b/)
  })

  test('drops columns and the value as the terminal gets narrower', async () => {
    const { fs, put } = await memoryStore()
    await put('/a', { id: 1 })
    const shell = openShell({ store: fs, columns: 200, rows: 60 })
    await shell.shows('id: 1')
    const heading = () => shell.lines().find((line) => line.includes('PATH')) ?? ''
    expect(heading()).toContain('VER KIND          SIZE WRITER      AGE')
    shell.resize(100, 30)
    expect(heading()).toMatch(/VER +SIZE WRITER +AGE/)
    shell.resize(60, 16)
    expect(heading()).toMatch(/VER +SIZE WRITER +AGE/)
    expect(shell.text()).not.toContain('id: 1')
    shell.press('<tab>')
    expect(shell.text()).toContain('id: 1')
    shell.press('<escape>')
    expect(shell.text()).toContain('PATH')
  })

  test('is read aloud in words', async () => {
    const { fs, put } = await memoryStore()
    await put('/a', { id: 1 })
    const shell = openShell({ store: fs, spoken: true, columns: 200 })
    await shell.shows(/(selected:|▶) \/a, version 1, kind order, size \d+B, writer api-1, age/)
  })
})

describe('the filter', () => {
  test('narrows the list while it is typed, and escape brings everything back', async () => {
    const { fs, put } = await memoryStore()
    await put('/a/1', {})
    await put('/b/1', {}, { kind: 'lease' })
    await put('/b/2', {})
    const shell = openShell({ store: fs })
    await shell.shows('/a/1')
    shell.press('/kind:')
    expect(shell.lines().at(-1)).toContain('no value was given')
    shell.press('lease')
    await shell.shows('1 of 3 match')
    expect(pathsOf(shell.lines())).toEqual(['/b/1'])
    shell.press('<enter>')
    shell.press('<escape>')
    await shell.shows('row 2/3')
    expect(pathsOf(shell.lines())).toEqual(['/a/1', '/b/1', '/b/2'])
  })

  test('that is cancelled leaves the one before', async () => {
    const { fs, put } = await memoryStore()
    await put('/a', {})
    await put('/b', {})
    const shell = openShell({ store: fs })
    await shell.shows('/a')
    shell.press('/b<enter>')
    await shell.shows('1 of 2 match')
    shell.press('/x')
    await shell.shows('nothing matches')
    shell.press('<escape>')
    await shell.shows('▶ /b')
  })

  test('does not take letters for keys', async () => {
    const { fs, put } = await memoryStore()
    await put('/qxD', {})
    const shell = openShell({ store: fs, writable: true })
    await shell.shows('/qxD')
    shell.press('/qxD')
    await shell.shows('1 of 1 match')
    expect(shell.exitCodes).toEqual([])
    shell.press('<enter>')
    shell.press(':copy the command<enter>')
    await vi.waitFor(() => expect(shell.copied).toEqual([expect.stringContaining('ls / --long --filter qxD')]))
  })

  test('completes the names of fields', async () => {
    const { fs, put } = await memoryStore()
    await put('/a', {})
    const shell = openShell({ store: fs })
    await shell.shows('/a')
    shell.press('/x !ki<tab>order<enter>')
    await shell.shows('/ x !kind:order')
  })
})

/** Presses a key as often as it takes: what is not read yet cannot be gone to. */
async function pressUntil(shell: OpenShell, key: string, done: () => boolean): Promise<void> {
  const pressed = () => {
    shell.press(key)
    expect(done()).toBe(true)
  }
  await vi.waitFor(pressed, { interval: 1, timeout: 10_000 })
}

function rowNumber(lines: readonly string[]): number {
  return Number(/row ([\d,]+)/.exec(lines.at(-1) ?? '')?.[1]?.replaceAll(',', ''))
}
