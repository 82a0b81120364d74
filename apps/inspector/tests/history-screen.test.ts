import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openFilesystem } from '@latchless/filesystem'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { temporaryDirectory } from './fixture-store.ts'
import { memoryStore } from './records-store.ts'
import { openShell } from './tui-shell.ts'

async function orders() {
  const store = await memoryStore()
  const { put } = store
  await put('/o', { id: 1, status: 'new', lines: ['a'] })
  await put('/o', { id: 1, status: 'paid', lines: ['a'] }, { updates: [{ opId: 'pay-1' }, { opId: 'pay-2' }] })
  await put('/o', { id: 1, status: 'paid', lines: ['a'] }, { writer: { service: 'api-2', host: 'h', pid: 1 } })
  await put('/o', { id: 1, status: 'paid', lines: ['a', 'b'], note: { by: 'x' } })
  return store
}

describe('the versions of a record', () => {
  test('say what each changed, who wrote it, and which changed nothing', async () => {
    const { fs } = await orders()
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/o' }, columns: 180 })
    await shell.shows(/▶ v4 .*api-1 +\+\d+ -\d/)
    await shell.shows(/v3 .*api-2 += no-op/)
    await shell.shows(/v2 .*\+1 -1 .*x2 pay-1 pay-2/)
    await shell.shows(/v1 .*\+7 -0/)
    shell.press('jj')
    expect(shell.text()).toContain('2 updates: pay-1 pay-2')
    shell.press('g')
    await shell.shows(/api-1 +\S+ +75%/)
    expect(shell.lines().at(-1)).toContain('1/4')
    shell.press('=')
    await vi.waitFor(() => expect(shell.lines().at(-1)).toContain('1/3'))
    expect(shell.text()).toContain('without no-ops')
    expect(shell.text()).not.toContain('= no-op')
  })

  test('are not kept while others are looked at', async () => {
    const { fs } = await orders()
    const reading = vi.spyOn(fs, 'getVersion')
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/o' }, columns: 180 })
    await shell.shows(/v1 .*\+7 -0/)
    const count = reading.mock.calls.length
    shell.press('jk')
    await shell.shows('v3 to v4')
    expect(reading.mock.calls.length).toBe(count)
    shell.press('12j')
    await vi.waitFor(() => expect(reading.mock.calls.length).toBeGreaterThan(count))
  })

  test('have gaps where some are not retained, and tombstones', async () => {
    const { fs, put, remove } = await memoryStore()
    for (let n = 1; n <= 8; n++) await put('/o', { n }, { keepVersions: 2 })
    await remove('/o')
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/o' } })
    await shell.shows(/▶ v9 .*DELETED/)
    await shell.shows(/┄┄┄ v1-v\d not retained/)
    await shell.shows('it was deleted')
    shell.press('G')
    expect(shell.text()).toMatch(/▶ ┄┄┄/)
    shell.press('vS|')
  })

  test('of a long history are read as one goes down', async () => {
    const { fs, put } = await memoryStore()
    for (let n = 1; n <= 450; n++) await put('/o', { n }, { keepVersions: 1000 })
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/o' } })
    await shell.shows('100+ versions')
    const goDown = () => {
      shell.press('<page-down>')
      expect(shell.lines().at(-1)).toContain('450/450')
    }
    await vi.waitFor(goDown, { interval: 1, timeout: 10_000 })
    expect(shell.text()).toContain('450 versions')
  })

  test('begin with the one that is asked for', async () => {
    const { fs, put } = await memoryStore()
    for (let n = 1; n <= 200; n++) await put('/o', { n }, { keepVersions: 1000 })
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/o', version: 30 } })
    await shell.shows('▶ v30')
    await shell.shows(/~ \/n +29 → 30/)
  })

  test('are read aloud in words', async () => {
    const { fs } = await orders()
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/o' }, spoken: true, columns: 200 })
    await shell.shows(/(selected:|▶) version v4, age .*, writer api-1, lines \+\d/)
    shell.press('<tab>')
    await shell.shows('/note')
  })

  test('of a record that never was are none, and without a path one is told to choose', async () => {
    const { fs } = await memoryStore()
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/none' } })
    await shell.shows('it was never written')
    shell.press('jGvSdbB]y<tab>j')
    shell.shell.open({ to: 'history' })
    await shell.shows('No record is chosen')
    shell.press('<enter>jv')
  })

  test('are none in a store of bytes, whose records can be looked at all the same', async () => {
    const directory = await temporaryDirectory()
    await writeFile(join(directory, 'a.json'), '{"id":1}')
    const fs = await openFilesystem(`plain:${directory}`)
    onTestFinished(() => fs.close())
    const shell = openShell({ store: fs, writable: true })
    await shell.shows('id: 1')
    shell.press('x')
    expect(shell.text()).toContain('this store has no conditional writes')
    shell.press('<enter>')
    await shell.shows('This store keeps no versions')
  })
})

describe('what differs', () => {
  test('is shown by structure, by lines, side by side and by bytes', async () => {
    const { fs } = await orders()
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/o' }, columns: 140 })
    await shell.shows('[S structural]')
    await shell.shows(/\+ \/lines\/1 +"b"/)
    expect(shell.text()).toContain('0 changed  2 added  0 removed')
    shell.press('u')
    await shell.shows('+     "b"')
    await shell.shows('@@ -')
    shell.press('|')
    await shell.shows('  line 2')
    shell.press('x')
    await shell.shows(/\+ 000000\d{2} {2}/)
    shell.press('s')
    await shell.shows('[S structural]')
  })

  test('is walked from difference to difference', async () => {
    const { fs } = await orders()
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/o' } })
    await shell.shows('1/2  ] next')
    shell.press(']')
    await shell.shows('2/2  ] next')
    shell.press('[')
    await shell.shows('1/2  ] next')
  })

  test('is that to the base where one is set, either way round', async () => {
    const { fs } = await orders()
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/o' } })
    await shell.shows('v3 to v4')
    shell.press('Gbg')
    await shell.shows('v1 to v4')
    await shell.shows(/~ \/status +"new" → "paid"/)
    expect(shell.text()).toContain('◆ v1')
    shell.press('B')
    await shell.shows('v4 to v1')
    await shell.shows(/~ \/status +"paid" → "new"/)
    shell.press(':diff v2 v3<enter>')
    await shell.shows('v2 to v3')
    await shell.shows('nothing differs')
    shell.press(':diff v2<enter>')
    expect(shell.text()).toContain('expected two versions such as v915 v918')
  })

  test('leaves out what is ignored', async () => {
    const { fs } = await orders()
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/o' } })
    await shell.shows('2 added')
    shell.press(':ignore /note<enter>')
    await shell.shows('1 added')
    shell.press(':ignore note<enter>')
    expect(shell.text()).toContain('it is no JSON Pointer')
    shell.press('i')
    await shell.shows('without 2')
  })

  test('can be copied, and so can the version and its value', async () => {
    const { fs } = await orders()
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/o' } })
    await shell.shows('2 added')
    shell.press('yYjjv')
    await shell.shows('status: "paid"')
    shell.press('Y')
    await vi.waitFor(() => expect(shell.copied).toHaveLength(3))
    expect(shell.copied[0]).toBe('/o@v4')
    expect(shell.copied[1]).toContain('/lines/1  "b"')
    expect(shell.copied[2]).toBe('{"id":1,"status":"paid","lines":["a"]}')
  })

  test('gives way to the value, and comes back', async () => {
    const { fs } = await orders()
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/o' } })
    await shell.shows('2 added')
    shell.press('jjjv')
    await shell.shows('status: "new"')
    shell.press('v')
    await shell.shows('[text]')
    shell.press('d')
    await shell.shows('[S structural]')
  })

  test('stands alone in a narrow terminal', async () => {
    const { fs } = await orders()
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/o' }, columns: 60, rows: 16 })
    await shell.shows('▶ v4')
    expect(shell.text()).not.toContain('[S structural]')
    shell.press('<tab>')
    await shell.shows('[S structural]')
    shell.press('<escape>')
    await shell.shows('▶ v4')
  })
})

test('the enter key leads to the replay of the update', async () => {
  const { fs } = await orders()
  const shell = openShell({ store: fs, destination: { to: 'history', path: '/o' } })
  await shell.shows('▶ v4')
  shell.press('jj<enter>')
  await shell.shows('[3]Replay')
})

describe('reverting', () => {
  test('is not there without --write', async () => {
    const { fs } = await orders()
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/o' } })
    await shell.shows('▶ v4')
    shell.press('jR')
    expect(shell.text()).not.toContain('again')
  })

  test('shows what it changes, takes the path, and adds a version', async () => {
    const { fs } = await orders()
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/o' }, writable: true })
    await shell.shows('▶ v4')
    shell.press('R')
    expect(shell.text()).toContain('it is the newest already')
    shell.press('GR')
    await shell.shows('Write v1 of /o again')
    await shell.shows('+   "status": "new",')
    shell.press('/o<enter>')
    await shell.shows('wrote v1 again as v5')
    await shell.shows(/▶ v1 /)
    expect(await fs.get('/o')).toMatchObject({ entry: { kind: 'order', schemaVersion: 1 } })
    expect((await fs.history('/o')).versions).toHaveLength(5)
  })

  test('loses against a write in between, and is not tried again', async () => {
    const { fs, put } = await orders()
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/o' }, writable: true })
    await shell.shows('▶ v4')
    shell.press('GR')
    await shell.shows('Write v1 of /o again')
    await put('/o', { id: 1, status: 'shipped' })
    shell.press('/o<enter>')
    await shell.shows(/expected version 4.*found version 5/)
    expect((await fs.history('/o')).versions).toHaveLength(5)
  })
})
