import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from './fixture-store.ts'
import { openTerminal } from './open-terminal.ts'
import { memoryStore } from './records-store.ts'
import type { TerminalScreen } from './terminal-screen.ts'

async function terminalOfRecords(options: { columns?: number; rows?: number; mouse?: boolean } = {}) {
  const { fs, put } = await memoryStore()
  for (let n = 1; n <= 30; n++) await put(`/r/${String(n).padStart(3, '0')}`, { id: n, name: 'x' })
  const { screen } = openTerminal({ store: fs, mouse: true, ...options })
  await screen.shows('▶ /r/001')
  return screen
}

/** The report of a button over a text that is in sight, as a terminal sends it: columns and rows from 1. */
function report(screen: TerminalScreen, button: number, text: string): string {
  const lines = screen.lines()
  const row = lines.findIndex((line) => line.includes(text))
  expect(row).toBeGreaterThan(-1)
  return `\u001b[<${button};${(lines[row] ?? '').indexOf(text) + 1};${row + 1}M`
}

test.each([
  [60, 16],
  [100, 30],
  [200, 60],
])('a click selects a row and a second one opens it, in %i by %i', async (columns, rows) => {
  const screen = await terminalOfRecords({ columns, rows })
  const click = report(screen, 0, '/r/004')
  screen.type(click)
  // The release says nothing, and neither do other buttons.
  screen.type(click.replace('M', 'm'))
  screen.type(report(screen, 2, '/r/006'))
  screen.type(report(screen, 1, '/r/006'))
  await screen.shows('▶ /r/004')
  screen.type(click)
  await screen.shows('[2]History')
  screen.type(report(screen, 0, ' 1'))
  await screen.shows('▶ /r/004')
})

test('a report that comes in two reads is one click, and the keys held with it make no difference', async () => {
  const screen = await terminalOfRecords()
  const click = report(screen, 16, '/r/009')
  screen.type(click.slice(0, 5))
  screen.type(click.slice(5))
  await screen.shows('▶ /r/009')
})

test('the wheel scrolls the pane below it', async () => {
  const screen = await terminalOfRecords()
  await screen.shows('line 1/3')
  const over = (button: number) => report(screen, button, 'name')
  screen.type(over(65) + over(65))
  await screen.shows('line 3/3')
  screen.type(over(64))
  await screen.shows('line 2/3')
  expect(screen.text()).toContain('▶ /r/001')
  screen.type(report(screen, 65, '/r/005'))
  await screen.shows('▶ /r/002')
})

test('without the mouse a report is nothing, and types nothing', async () => {
  const screen = await terminalOfRecords({ mouse: false })
  screen.type(report(screen, 0, '/r/004'))
  screen.press('j')
  await screen.shows('▶ /r/002')
  expect(screen.modes.has(1000)).toBe(false)
})

test('a screen is dumped with the colours of the terminal', async () => {
  const file = join(await temporaryDirectory(), 'screen.ansi')
  const screen = await terminalOfRecords()
  onTestFinished(() => expect(screen.effects).toEqual([]))
  screen.press(`:dump ${file}<enter>`)
  await screen.shows('wrote the screen to')
  expect(await readFile(file, 'utf8')).toContain('\u001b[7m▶ ')
})
