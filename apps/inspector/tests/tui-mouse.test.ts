import { join } from 'node:path'
import { anything, MemoryFilesystem } from '@latchless/filesystem'
import stringWidth from 'string-width'
import { describe, expect, test, vi } from 'vitest'
import { fakeScreens } from './fake-screen.ts'
import { temporaryDirectory } from './fixture-store.ts'
import { memoryStore } from './records-store.ts'
import { writeFight } from './storm.ts'
import { duelLines, traceFile, traceText } from './trace-lines.ts'
import { openShell, type OpenShell, type ShellOptions } from './tui-shell.ts'

/** Where a text stands in the frame. */
function cellOf(shell: OpenShell, text: string): readonly [column: number, row: number] {
  const lines = shell.lines()
  const row = lines.findIndex((line) => line.includes(text))
  expect(row, `the row of ${JSON.stringify(text)} in\n${lines.join('\n')}`).toBeGreaterThan(-1)
  const line = lines[row] ?? ''
  return [stringWidth(line.slice(0, line.indexOf(text))), row]
}

function clickOn(shell: OpenShell, text: string): void {
  shell.click(...cellOf(shell, text))
}

const ROOMS = [
  { columns: 60, rows: 16, theme: 'mono' },
  { columns: 100, rows: 30, ascii: true },
  { columns: 200, rows: 60 },
] as const

async function records(options: Partial<ShellOptions> = {}) {
  const { fs, put } = await memoryStore()
  for (let n = 1; n <= 80; n++) await put(`/r/${String(n).padStart(3, '0')}`, { id: n, lines: ['a', 'b', 'c', 'd'] })
  const shell = openShell({ store: fs, ...options })
  await shell.shows('/r/001')
  return shell
}

describe('a click in the records', () => {
  test.each(ROOMS)('selects the row, and a second one opens it, in $columns columns', async (room) => {
    const shell = await records(room)
    clickOn(shell, '/r/005')
    expect(shell.lines().at(-1)).toContain('row 5/80')
    clickOn(shell, '/r/005')
    expect(shell.text()).toContain('[2]History')
    expect(shell.text()).toContain('/r/005')
  })

  test('finds the row also when the list is scrolled, filtered, or of an earlier time', async () => {
    const shell = await records({ nowMs: Date.now() + 60_000 })
    shell.press('G')
    clickOn(shell, '/r/070')
    expect(shell.lines().at(-1)).toContain('row 70/80')
    shell.press('/00<enter>')
    await shell.shows('9 of 80 match')
    clickOn(shell, '/r/003')
    expect(shell.text()).toContain('▶ /r/003')
    shell.press(':asof -1s<enter>')
    await shell.shows('AS OF')
    clickOn(shell, '/r/007')
    expect(shell.text()).toContain('▶ /r/007')
  })

  test('gives the keys to the pane that it hits, and beside the rows selects nothing', async () => {
    const shell = await records()
    await shell.shows('{2 keys}')
    const [, row] = cellOf(shell, '/r/004')
    shell.click(80, row)
    shell.press('j')
    expect(shell.lines().at(-1)).toContain('row 1/80')
    expect(shell.text()).toContain('line 2/')
    clickOn(shell, '/r/001')
    expect(shell.text()).toContain('[1]Records')
    shell.press('j')
    expect(shell.lines().at(-1)).toContain('row 2/80')
    for (const text of ['PATH', 'inspector', 'READ-ONLY', 'row 2/80', '? help']) clickOn(shell, text)
    expect(shell.lines().at(-1)).toContain('row 2/80')
    expect(shell.text()).toContain('[1]Records')
  })

  test('does nothing while something stands in front of the list, and nothing where it is read aloud', async () => {
    const shell = await records()
    const at = cellOf(shell, '/r/005')
    for (const [opened, closed] of [
      [':', '<escape>'],
      ['/', '<escape>'],
    ] as const) {
      shell.press(opened)
      shell.click(...at)
      shell.press(closed)
      expect(shell.lines().at(-1)).toContain('row 1/80')
    }
    const aloud = await records({ spoken: true })
    for (let row = 0; row < 12; row++) aloud.click(4, row)
    expect(aloud.text()).toContain('row 1/80')
    aloud.wheel(1, 4, 4)
    expect(aloud.text()).toContain('row 2/80')
  })
})

test('the wheel moves the pane below it, whichever has the keys', async () => {
  const shell = await records()
  const [, row] = cellOf(shell, '/r/004')
  shell.wheel(1, 5, row)
  shell.wheel(1, 5, row)
  shell.wheel(-1, 5, row)
  expect(shell.lines().at(-1)).toContain('row 2/80')
  await shell.shows(/line 1\/7/)
  shell.wheel(1, 80, row)
  shell.wheel(1, 80, row)
  await shell.shows(/line 3\/7/)
  expect(shell.lines().at(-1)).toContain('row 2/80')
  shell.press('j')
  expect(shell.lines().at(-1)).toContain('row 3/80')
})

test.each(ROOMS)('a click on a tab opens it, in $columns columns', async (room) => {
  const { make } = fakeScreens()
  const shell = openShell({ store: await MemoryFilesystem.open(), make, ...room })
  for (const [number, name] of [
    [4, 'Contention'],
    [2, 'History'],
    [5, 'Doctor'],
    [1, 'Records'],
    [3, 'Replay'],
  ] as const) {
    const line = shell.lines()[1] ?? ''
    shell.click(line.indexOf(String(number)), 1)
    expect(shell.lines()[1]).toContain(`[${number}]${name}`)
  }
  shell.press('z')
  shell.click(1, 1)
  shell.press('z')
  expect(shell.lines()[1]).toContain('[3]Replay')
})

test('a screen that takes no clicks has its arrow keys for the wheel', async () => {
  const { make, made } = fakeScreens()
  const shell = openShell({ store: await MemoryFilesystem.open(), make })
  shell.click(5, 10)
  expect(made[0]?.at).toBe(0)
  shell.wheel(1, 5, 10)
  expect(made[0]?.at).toBe(1)
  shell.press('/')
  shell.press(':')
  shell.wheel(1, 5, 10)
  shell.press('<escape>')
  expect(made[0]?.at).toBe(1)
})

describe('a click in the history', () => {
  test.each(ROOMS)('selects the version, and a second one opens it, in $columns columns', async (room) => {
    const { fs, put } = await memoryStore()
    for (let n = 1; n <= 6; n++) await put('/o', { n })
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/o' }, ...room })
    await shell.shows(/[▶>] v6/)
    clickOn(shell, ' v4   ')
    expect(shell.text()).toMatch(/[▶>] v4/)
    expect(shell.lines().at(-1)).toContain('3/6')
    shell.wheel(1, ...cellOf(shell, ' v4   '))
    expect(shell.text()).toMatch(/[▶>] v3/)
    clickOn(shell, ' v3   ')
    expect(shell.text()).toContain('[3]Replay')
  })

  test('gives the keys to what differs', async () => {
    const { fs, put } = await memoryStore()
    for (let n = 1; n <= 3; n++) await put('/o', { a: n, b: n, c: n })
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/o' } })
    await shell.shows('/c')
    clickOn(shell, '/c')
    shell.press('jj')
    expect(shell.text()).toMatch(/▶ ~ \/c/)
    expect(shell.lines().at(-1)).toContain('1/3')
    shell.wheel(-1, ...cellOf(shell, '/c'))
    expect(shell.text()).toMatch(/▶ ~ \/b/)
  })
})

test.each(ROOMS)('a click selects a record of the contention, in $columns columns', async (room) => {
  const file = join(await temporaryDirectory(), 'storm.castrace.jsonl')
  await writeFight(file, 40)
  const store = await MemoryFilesystem.open()
  const destination = { to: 'contention', traces: [file] } as const
  const shell = openShell({ store, destination, nowMs: Date.now() + 2000, ...room })
  await vi.waitFor(async () => {
    const entry = { body: Buffer.from('{}'), contentType: 'application/json' }
    await store.put('/cold', entry, anything)
    shell.pass(1000)
    expect(shell.text()).toMatch(/[▶>] \/hot[^]*\/cold/)
  })
  clickOn(shell, ' /cold')
  expect(shell.text()).toMatch(/[▶>] \/cold/)
  expect(shell.lines().at(-1)).toContain('record 2 of 2')
  clickOn(shell, ' /cold')
  expect(shell.text()).toContain('[3]Replay')
})

test.each(ROOMS)('a click selects a check of the doctor, in $columns columns', async (room) => {
  const store = await MemoryFilesystem.open()
  const entry = { body: Buffer.from('{}'), contentType: 'application/json', kind: 'capability_lease' }
  for (const id of ['l1', 'l2']) await store.put(`/leases/${id}`, entry, anything)
  const shell = openShell({ store, destination: { to: 'doctor' }, nowMs: Date.now() + 1000, ...room })
  await vi.waitFor(() => expect(shell.shell.facts).toMatch(/in \d/), { timeout: 10_000 })
  clickOn(shell, 'store.schema')
  expect(shell.text()).toMatch(/[▶>] \S+ \S+ +store\.schema/)
  shell.press('F')
  clickOn(shell, 'records.parse')
  expect(shell.text()).toContain('[2]History')
  shell.press('<escape>')
  if (room.columns < 90) return
  const [column, row] = cellOf(shell, '/leases/l1:')
  shell.click(column, row)
  expect(shell.text()).toMatch(/[▶>] \/leases\/l1:/)
  shell.wheel(1, column, row)
  expect(shell.text()).toMatch(/[▶>] \/leases\/l2:/)
})

describe('a click in the replay', () => {
  const lines = duelLines({ w: 'alpha@h/1', op: 'opA' }, { w: 'beta@h/2', op: 'opB' })

  async function duel(room: Partial<ShellOptions>) {
    const file = await traceFile(traceText(lines))
    const shell = openShell({
      store: await MemoryFilesystem.open(),
      destination: { to: 'replay', files: [file] },
      ...room,
    })
    await shell.shows('lanes by')
    return shell
  }

  test.each(ROOMS)('selects the event of the lane, in $columns columns', async (room) => {
    const shell = await duel(room)
    const lost = 'ascii' in room ? 'x' : '✗'
    const row = shell.lines().findIndex((line) => /^[▶> ]beta/.test(line))
    shell.click((shell.lines()[row] ?? '').indexOf(lost), row)
    expect(shell.text()).toContain('selected: beta, update opB, attempt 1 of 2')
    expect(shell.lines()[row]).toMatch(/^[▶>]beta/)
    shell.click(2, row - 1)
    expect(shell.lines()[row - 1]).toMatch(/^[▶>]alpha/)
    expect(shell.text()).toContain('selected: beta')
  })

  test('moves the cursor to a time of the lanes, and of the whole trace', async () => {
    const shell = await duel({})
    const cursor = () => Number(/at the cursor, ([\d.]+) s/.exec(shell.text())?.[1])
    clickOn(shell, '0.040 s')
    expect(cursor()).toBeCloseTo(0.041, 3)
    const [column, row] = cellOf(shell, 'won ')
    const share = (at: number) => shell.click(column + 5 + Math.round(at * 81), row)
    share(0.5)
    expect(cursor()).toBeGreaterThan(0.033)
    expect(cursor()).toBeLessThan(0.037)
    share(0)
    expect(cursor()).toBeLessThan(0.001)
    share(0.99)
    expect(cursor()).toBeGreaterThan(0.068)
    clickOn(shell, 'whole trace')
    clickOn(shell, 'so far')
    expect(cursor()).toBeGreaterThan(0.068)
  })

  test('ends playing', async () => {
    const shell = await duel({})
    shell.press(' ')
    expect(shell.text()).toContain('playing')
    clickOn(shell, '0.040 s')
    expect(shell.text()).toContain('paused')
  })
})
