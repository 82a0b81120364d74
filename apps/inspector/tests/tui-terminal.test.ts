import { type Filesystem, MemoryFilesystem } from '@latchless/filesystem'
import { EXIT } from '@latchless/inspector'
import { expect, onTestFinished, test } from 'vitest'
import { type FakeScreen, fakeScreens } from './fake-screen.ts'
import { type OpenedTerminal, openTerminal } from './open-terminal.ts'
import type { TerminalScreen } from './terminal-screen.ts'

type Options = Omit<Parameters<typeof openTerminal>[0], 'store'> & { readonly store?: Filesystem }

async function terminalOfFakes(options: Options = {}): Promise<OpenedTerminal & { made: FakeScreen[] }> {
  const store = await MemoryFilesystem.open({})
  onTestFinished(() => store.close())
  const { make, made } = fakeScreens()
  const opened = openTerminal({ store, make, ...options })
  await opened.screen.shows('line 1')
  return { ...opened, made }
}

async function expectRestored(screen: TerminalScreen): Promise<void> {
  await screen.settles(() => {
    expect(screen.isAlternate).toBe(false)
    expect(screen.isRaw).toBe(false)
    // Nothing but the cursor is switched on.
    expect([...screen.modes]).toEqual([25])
  })
}

test('the screens have the alternate screen and the keyboard, and give both back at q', async () => {
  const { screen, ended } = await terminalOfFakes({ mouse: true })
  await screen.settles(() => {
    expect(screen.isAlternate).toBe(true)
    expect(screen.isRaw).toBe(true)
    expect(screen.modes.has(25)).toBe(false)
    expect(screen.modes).toContain(1006)
  })
  screen.press('q')
  expect(await ended).toBe(EXIT.ok)
  await expectRestored(screen)
  expect(screen.text().trim()).toBe('')
})

test('ctrl-c ends with 130 and restores the terminal, also while text is typed', async () => {
  const { screen, ended } = await terminalOfFakes()
  screen.press(':zo')
  await screen.shows(': zo')
  screen.press('<ctrl-c>')
  expect(await ended).toBe(EXIT.interrupted)
  await expectRestored(screen)
})

test('keys that come in one read are obeyed one by one', async () => {
  const { screen, made } = await terminalOfFakes()
  screen.type('jjjj')
  await screen.shows('▶ records line 5')
  screen.type('jjk:mono\r')
  await screen.shows('▶ records line 6')
  expect(made[0]?.at).toBe(5)
  expect(screen.lines().at(-1)).toContain('row 6')
})

test('a lone escape byte goes back, and the arrows move', async () => {
  const { screen } = await terminalOfFakes()
  screen.press('2')
  await screen.shows('[2]History')
  screen.type('\u001b')
  await screen.shows('[1]Records')
  screen.press('<down><down><up>')
  await screen.shows('▶ records line 2')
})

test('pasted keys are not obeyed', async () => {
  const { screen, made } = await terminalOfFakes()
  screen.paste('jjjq\u0003')
  screen.press('j')
  await screen.shows('▶ records line 2')
  expect(made[0]?.at).toBe(1)
  screen.press(':')
  screen.paste('use the theme')
  await screen.shows(': use the theme')
})

test('text of any script is typed as it is, with the cursor behind it', async () => {
  const { screen } = await terminalOfFakes()
  screen.press(':')
  await screen.settles(() => expect(screen.cursor).toEqual({ column: 3, row: 3 }))
  screen.type('日本')
  screen.type('é')
  await screen.settles(() => expect(screen.cursor).toEqual({ column: 8, row: 3 }))
  expect(screen.lines()[3]).toBe(' : 日本é')
  expect(screen.modes).toContain(25)
  screen.press('<escape>')
  await screen.settles(() => expect(screen.modes.has(25)).toBe(false))
})

test('resizing keeps every line of the frame where it belongs', async () => {
  const { screen } = await terminalOfFakes()
  const sizes = [
    [60, 16],
    [200, 60],
    [61, 17],
    [20, 5],
    [120, 24],
    [60, 60],
    [200, 16],
    [100, 30],
  ] as const
  for (let round = 0; round < 5; round++) {
    for (const [columns, rows] of sizes) screen.resize(columns, rows)
    screen.press('j')
  }
  await screen.settles(() => {
    const lines = screen.lines()
    expect(lines.length).toBe(30)
    expect(lines[0]).toMatch(/^ inspector {2}memory: ▸ records +READ-ONLY$/)
    expect(lines[2]).toBe('─'.repeat(100))
    expect(lines[3]).toContain('records line 1')
    expect(lines[26]).toContain('records line 24')
    expect(lines[27]).toBe('─'.repeat(100))
    expect(lines[29]).toMatch(/row 6$/)
  })
})

test('every size on the way shows a whole frame', async () => {
  const { screen } = await terminalOfFakes()
  for (const [columns, rows] of [
    [60, 16],
    [200, 60],
    [90, 24],
    [60, 40],
  ] as const) {
    screen.resize(columns, rows)
    await screen.settles(() => {
      const lines = screen.lines()
      expect(lines[0]).toMatch(/^ inspector.*READ-ONLY$/)
      expect(lines[2]).toBe('─'.repeat(columns))
      expect(lines.at(-1)).toMatch(/row 1$/)
    })
  }
})

test('the selected line alone is in inverse, and also marked by a glyph', async () => {
  const { screen } = await terminalOfFakes({ theme: 'mono' })
  expect(screen.inverseRows()).toEqual([' ▶ records line 1'])
  expect(screen.isColoured).toBe(false)
})

test('colours are there unless the theme is mono', async () => {
  const { screen } = await terminalOfFakes({})
  expect(screen.isColoured).toBe(true)
  screen.press(':theme mono<enter>')
  await screen.settles(() => expect(screen.isColoured).toBe(false))
})

test('the wheel of the mouse scrolls when it is asked for, and is given back', async () => {
  const { screen, made } = await terminalOfFakes()
  screen.type('\u001b[<65;10;10M')
  screen.press('j')
  await screen.shows('▶ records line 2')
  screen.press(':mouse on<enter>')
  await screen.settles(() => expect([...screen.modes]).toEqual(expect.arrayContaining([1000, 1006])))
  // Two reports in a read, and one that is split between two.
  screen.type('\u001b[<65;10;10M\u001b[<65;10;10M')
  screen.type('\u001b[<6')
  screen.type('4;10;10M')
  await screen.shows('▶ records line 3')
  screen.press(':mouse up<enter>')
  await screen.shows('Cannot set the mouse to "up": expected on or off')
  screen.press(':mouse off<enter>')
  await screen.settles(() => expect(screen.modes.has(1006)).toBe(false))
  expect(made[0]?.at).toBe(2)
})

test('ctrl-l draws the whole frame anew over what another program wrote', async () => {
  const { screen } = await terminalOfFakes()
  screen.stdout.write('\u001b[10;1Hgarbage\u001b[20;1Hgarbage')
  await screen.shows('garbage')
  screen.press('<ctrl-l>')
  await screen.settles(() => {
    expect(screen.text()).not.toContain('garbage')
    expect(screen.lines()[0]).toMatch(/^ inspector.*READ-ONLY$/)
    expect(screen.lines().at(-1)).toMatch(/row 1$/)
  })
})

test('a key that throws ends the inspector with what it threw, and the terminal is restored', async () => {
  const { screen, ended, made } = await terminalOfFakes({ mouse: true })
  made[0]?.extra.push({
    name: 'break',
    keys: ['x'],
    run: () => {
      throw new TypeError('a bug in a key')
    },
  })
  screen.press('x')
  await expect(ended).rejects.toThrow('a bug in a key')
  await expectRestored(screen)
})

test('a frame that throws ends the inspector with what it threw, and the terminal is restored', async () => {
  const { screen, ended, made } = await terminalOfFakes()
  Object.assign(made[0]!, {
    view: () => {
      throw new TypeError('a bug in a view')
    },
  })
  screen.press('j')
  await expect(ended).rejects.toThrow('a bug in a view')
  await expectRestored(screen)
})

test('the screens start in CI too, where Ink would print the last frame only', async () => {
  const { screen } = await terminalOfFakes({ env: { CI: 'true' } })
  expect(screen.isAlternate).toBe(true)
})

test('an unchanged frame writes nothing', async () => {
  const { screen } = await terminalOfFakes()
  screen.press('k')
  await screen.shows('row 1')
  const { length } = screen.written
  screen.press('k')
  screen.press('k')
  await new Promise((resolve) => setImmediate(resolve))
  // The marks around a frame are no text.
  const written = screen.written.slice(length).split('\u001b[?').join('')
  expect(written).toMatch(/^(?:\d+[hl])*$/)
})
