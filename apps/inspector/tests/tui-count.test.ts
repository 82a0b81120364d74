import { MemoryFilesystem } from '@latchless/filesystem'
import { describe, expect, test } from 'vitest'
import { endlessStore, memoryStore } from './records-store.ts'
import { duelLines, traceFile, traceText } from './trace-lines.ts'
import { openShell, ROOMS, type ShellOptions } from './tui-shell.ts'

const A = { w: 'alpha@h/1', op: 'opA' }
const B = { w: 'beta@h/2', op: 'opB' }

async function hundred(options: Partial<ShellOptions> = {}) {
  const { fs, put } = await memoryStore()
  for (let n = 1; n <= 100; n++) await put(`/r/${String(n).padStart(3, '0')}`, { n })
  const shell = openShell({ store: fs, ...options })
  await shell.shows('/r/001')
  return shell
}

async function replay() {
  const file = await traceFile(traceText(duelLines(A, B)))
  const shell = openShell({ store: await MemoryFilesystem.open(), destination: { to: 'replay', files: [file] } })
  await shell.shows('lanes by')
  return shell
}

describe('a count', () => {
  test.each(ROOMS)('leads to a row, and so many rows on and back, in $columns columns', async (room) => {
    const shell = await hundred(room)
    const status = () => shell.lines().at(-1)
    shell.press(':50<enter>')
    expect(status()).toContain('row 50/100')
    shell.press(':+7<enter>')
    expect(status()).toContain('row 57/100')
    shell.press(':-3<enter>')
    expect(status()).toContain('row 54/100')
    shell.press(':12j<enter>')
    expect(status()).toContain('row 66/100')
    shell.press(':20G<enter>')
    expect(status()).toContain('row 20/100')
    shell.press(':999k<enter>')
    expect(status()).toContain('row 1/100')
  })

  test('counts pages too, and stops at the last row', async () => {
    const shell = await hundred({ columns: 60, rows: 16 })
    shell.press('<ctrl-d>')
    const half = Number(/row (\d+)/.exec(shell.text())?.[1]) - 1
    shell.press(`g:3^d<enter>`)
    expect(shell.text()).toContain(`row ${1 + 3 * half}/100`)
    shell.press(':100000<enter>')
    await shell.shows('row 100/100')
  })

  test('is read aloud as any other command', async () => {
    const shell = await hundred({ spoken: true })
    shell.press(':50')
    expect(shell.text()).toContain('go to a row, or press a key so many times')
    shell.press('<enter>')
    expect(shell.text()).toContain('row 50/100')
  })

  test('leaves the digits alone: they open the screens at once, and the help still finds them', async () => {
    const shell = await hundred()
    shell.press('5')
    expect(shell.text()).toContain('[5]Doctor')
    shell.press('1?5')
    expect(shell.text()).toContain('go to doctor')
    shell.press('<down><enter>')
    expect(shell.text()).toContain('[5]Doctor')
  })

  test('is refused for a key that does not move', async () => {
    const shell = await hundred()
    shell.press(':3q<enter>')
    expect(shell.text()).toContain('Cannot press "q" 3 times: expected a key that moves, such as j')
    expect(shell.exitCodes).toEqual([])
    shell.press(':row -3j<enter>')
    expect(shell.text()).toContain('Cannot go to "-3j": expected 12, +12, -12, 12j, 3^d or 50G')
    shell.press(':row<enter>8<enter>')
    expect(shell.text()).toContain('row 8/100')
  })

  test('reads on to a row that is not in memory, and keeps what is shown until it is there', async () => {
    const { fs } = await memoryStore()
    const { store } = endlessStore(fs, 10_000)
    const shell = openShell({ store })
    await shell.shows('/k/0000000')
    shell.press(':7000<enter>')
    expect(shell.text()).toContain('▶ /k/0000000')
    await shell.shows('▶ /k/0006999')
    expect(shell.text()).toContain('row 7,000')
    shell.press('k')
    expect(shell.text()).toContain('▶ /k/0006998')
    shell.press(':2<enter>')
    await shell.shows('▶ /k/0000001')
  })

  test('is forgotten when one moves before the row is there', async () => {
    const { fs } = await memoryStore()
    const { store, calls } = endlessStore(fs, 1_000_000)
    const shell = openShell({ store })
    await shell.shows('/k/0000000')
    shell.press(':900000<enter>j')
    await shell.shows('▶ /k/0000001')
    const before = calls.list
    await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    expect(calls.list - before).toBeLessThan(3)
    expect(shell.text()).toContain('▶ /k/0000001')
  })

  test('does in a replay what so many presses do', async () => {
    const shell = await replay()
    for (const [key, back] of [
      ['l', 'h'],
      ['.', ','],
    ] as const) {
      shell.press(':goto 0s<enter>')
      const start = shell.text()
      shell.press(key.repeat(3))
      const there = shell.text()
      shell.press(`:goto 0s<enter>:3${key}<enter>`)
      expect(shell.text()).toBe(there)
      expect(there).not.toBe(start)
      shell.press(back.repeat(2))
      const half = shell.text()
      shell.press(`:goto 0s<enter>${key.repeat(3)}:2${back}<enter>`)
      expect(shell.text()).toBe(half)
    }
    shell.press(':99H<enter>')
    expect(shell.text()).toContain('there is no conflict before this one')
  })

  test('finds the match so many behind in a replay, or the last one', async () => {
    const shell = await replay()
    shell.press(':goto 0s<enter>/beta<enter>nn')
    const third = shell.text()
    shell.press(':goto 0s<enter>/<ctrl-u>beta<enter>:2n<enter>')
    expect(shell.text()).toBe(third)
    shell.press(':99n<enter>')
    const last = shell.text()
    expect(last).not.toBe(third)
    shell.press('n')
    expect(shell.text()).toContain('nothing behind this is called so')
  })
})
