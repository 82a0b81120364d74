import { MemoryFilesystem } from '@latchless/filesystem'
import { Announcer } from '@latchless/inspector'
import { expect, onTestFinished, test } from 'vitest'
import { fakeScreens } from './fake-screen.ts'
import { openTerminal } from './open-terminal.ts'
import { openShell } from './tui-shell.ts'

async function memory(): Promise<MemoryFilesystem> {
  const store = await MemoryFilesystem.open({})
  onTestFinished(() => store.close())
  return store
}

test('a screen reader gets lines of words, without an alternate screen, boxes or colours', async () => {
  const { screen, ended } = openTerminal({ store: await memory(), make: fakeScreens().make, spoken: true, rows: 60 })
  await screen.shows('selected: records line 1')
  expect(screen.text()).toContain('records, tab 1 of 5: memory:, records')
  expect(screen.text()).toContain('keys: j move')
  expect(screen.text()).not.toMatch(/[─│▶▸]/)
  expect(screen.isAlternate).toBe(false)
  expect(screen.isColoured).toBe(false)
  expect(screen.modes).toContain(25)
  screen.press('q')
  expect(await ended).toBe(0)
  expect(screen.isRaw).toBe(false)
  expect(screen.text()).toContain('records line 1')
})

test('a screen reader is told of what changed, in a line behind the others', async () => {
  const { screen } = openTerminal({ store: await memory(), make: fakeScreens().make, spoken: true, rows: 60 })
  await screen.shows('selected: records line 1')
  const before = screen.lines().filter((line) => line !== '')
  screen.press('j')
  await screen.shows('selected: records line 2')
  const after = screen.lines().filter((line) => line !== '')
  expect(after.slice(0, before.length)).toEqual(before)
  expect(after.slice(before.length)).toEqual(['selected: records line 2', 'row 2'])
})

test('a screen reader hears what is typed in the line where it is typed', async () => {
  const { screen } = openTerminal({
    store: await memory(),
    spoken: true,
    rows: 60,
    make: (host) => {
      const [screen] = [fakeScreens().make(host, { to: 'records' })]
      host.ask({ label: 'goto', answer: (text) => host.say(`went to ${text}`) })
      return screen
    },
  })
  await screen.shows(/goto$/m)
  screen.type('1.5s')
  await screen.shows(/^goto 1\.5s$/m)
  screen.press('<enter>')
  await screen.shows('went to 1.5s')
  expect(screen.text()).not.toMatch(/^goto/m)
})

test('an announcer says new lines, but neither a time that went by nor what is no longer selected', () => {
  const announcer = new Announcer('selected:')
  expect(announcer.changes(['selected: /a 2s', '/b 1.5 min'])).toEqual(['selected: /a 2s', '/b 1.5 min'])
  expect(announcer.changes(['selected: /a 3s', '/b 1.6 min'])).toEqual([])
  expect(announcer.changes(['/a 3s', 'selected: /b 2 min'])).toEqual(['selected: /b 2 min'])
  expect(announcer.changes(['/a 3s', 'selected: /b 2 min', 'row 2'])).toEqual(['row 2'])
})

test('an error is said to be one', async () => {
  const { make, made } = fakeScreens()
  const shell = openShell({ store: await memory(), make, spoken: true })
  made[0]?.host.fail(new RangeError('Cannot go there'))
  expect(shell.text()).toMatch(/^error: .*Cannot go there/m)
})
