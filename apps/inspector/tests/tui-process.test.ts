import { describe, expect, test } from 'vitest'
import { fixtureStore } from './fixture-store.ts'
import { hasTmux, Tmux } from './tmux.ts'

/** The inspector on a store with one record, in a terminal. */
async function open(env: Record<string, string> = {}, before = ''): Promise<Tmux> {
  const store = await fixtureStore()
  await store.put('/turns/t1', '{"a":1}')
  const terminal = await Tmux.open({ ...env, INSPECTOR_STORE: store.url })
  await terminal.command(`${before}INSPECTOR; echo "exit=$?"`)
  return terminal
}

describe.skipIf(!hasTmux)('in a terminal of its own', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const)('%s ends the inspector with %i and the terminal as it was', async (signal, exitCode) => {
    const terminal = await open()
    await terminal.shows('READ-ONLY')
    process.kill(await terminal.foreground(), signal)
    await terminal.shows(`exit=${exitCode}`)
    expect(await terminal.text()).not.toContain('READ-ONLY')
    await terminal.command('echo still "here"')
    await terminal.shows(/^\$ echo still "here"\nstill here$/m)
  })

  test('ctrl-c ends the inspector with 130', async () => {
    const terminal = await open()
    await terminal.shows('READ-ONLY')
    await terminal.keys('C-c')
    await terminal.shows('exit=130')
  })

  test('ctrl-z gives the terminal to the shell, and fg takes it again, as often as one likes', async () => {
    const terminal = await open()
    await terminal.shows('READ-ONLY')
    for (const round of [1, 2]) {
      await terminal.keys('C-z')
      await terminal.shows('Stopped')
      await terminal.command(`echo round "${round}"`)
      await terminal.shows(`round ${round}`)
      await terminal.command('fg')
      await terminal.shows('READ-ONLY')
      await terminal.keys('?')
      await terminal.shows('What the keys do here')
      await terminal.keys('Escape')
      await terminal.shows('/ filter')
    }
    await terminal.keys('q')
    // The prompt of the shell, last of all.
    await terminal.shows(/\n\$\s*$/)
    await terminal.command('echo "at the end"')
    await terminal.shows(/^at the end$/m)
  })

  test('a SIGTSTP from outside stops the inspector as ctrl-z does', async () => {
    const terminal = await open()
    await terminal.shows('READ-ONLY')
    process.kill(await terminal.foreground(), 'SIGTSTP')
    await terminal.shows('Stopped')
    await terminal.command('fg')
    await terminal.shows('READ-ONLY')
    await terminal.keys('?')
    await terminal.shows('What the keys do here')
  })

  test('with data piped into stdin the keys come from the terminal', async () => {
    const terminal = await open({}, 'echo piped | ')
    await terminal.shows('READ-ONLY')
    await terminal.keys('?')
    await terminal.shows('What the keys do here')
    await terminal.keys('C-c')
    await terminal.shows('exit=130')
  })

  test('NO_COLOR takes the colours away and leaves what is selected', async () => {
    const terminal = await open({ NO_COLOR: '1' })
    await terminal.shows('▶')
    expect(await terminal.styled()).not.toMatch(/\p{Cc}\[(?:\d+;)*(?:3|4|9|10)[0-7]/u)
  })

  test('a terminal that cannot place text is refused, with what to do instead', async () => {
    const terminal = await open({ TERM: 'dumb' })
    await terminal.shows('exit=2')
    expect(await terminal.text()).toContain('this terminal cannot place text')
  })

  test('without a terminal to draw on there is help, and exit code 2', async () => {
    const store = await fixtureStore()
    const terminal = await Tmux.open({ INSPECTOR_STORE: store.url })
    await terminal.command('INSPECTOR 2>/dev/null | cat; echo "exit=${PIPESTATUS[0]}"')
    await terminal.shows('exit=2')
  })

  test('a store that is not there is told before any screen is drawn', async () => {
    const terminal = await Tmux.open({ INSPECTOR_STORE: 'file:/nowhere' })
    await terminal.command('INSPECTOR; echo "exit=$?"')
    await terminal.shows('exit=5')
    expect(await terminal.text()).toContain('Cannot open store "/nowhere"')
  })
})
