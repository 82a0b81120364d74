import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Headless, parseKeys, painterOf, unicode } from '@latchless/inspector'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from './fixture-store.ts'
import { memoryStore } from './records-store.ts'
import { openShell, ROOMS, type ShellOptions, withoutStyles } from './tui-shell.ts'

async function records(options: Partial<ShellOptions> = {}) {
  const { fs, put } = await memoryStore()
  for (const name of ['a', 'b', 'evil\u202e']) await put(`/r/${name}`, { name })
  const shell = openShell({ store: fs, ...options })
  await shell.shows('/r/b')
  await shell.shows('name')
  return shell
}

describe('the dump of a screen', () => {
  test.each(ROOMS)('is the text that is drawn, in $columns columns', async (room) => {
    const { fs, put } = await memoryStore()
    await put('/r/b', {})
    const shell = openShell({ store: fs, ...room })
    await shell.shows('/r/b')
    const file = join(await temporaryDirectory(), 'screen.txt')
    shell.press('<ctrl-l>')
    const drawn = shell.lines()
    shell.press(`:dump ${file}<enter>`)
    await shell.shows('wrote the screen to')
    expect(await readFile(file, 'utf8')).toBe(`${drawn.join('\n')}\n`)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  test('has the styles where its name ends in .ansi, and hostile bytes stay escaped', async () => {
    const shell = await records()
    const file = join(await temporaryDirectory(), 'screen.ansi')
    const drawn = shell.styled()
    shell.press(`:dump ${file}<enter>`)
    await shell.shows('wrote the screen to')
    const text = await readFile(file, 'utf8')
    expect(text).toBe(`${drawn.join('\n')}\n`)
    expect(text).toContain('\u001b[7m')
    expect(withoutStyles(text)).toContain('\\u{202e}')
    expect(text).not.toContain('\u202e')
  })

  test('is of what is zoomed, and is words where it is read aloud', async () => {
    const directory = await temporaryDirectory()
    const shell = await records()
    shell.press(`z:dump ${directory}/zoomed.txt<enter>`)
    await shell.shows('wrote the screen to')
    expect(await readFile(`${directory}/zoomed.txt`, 'utf8')).toMatch(/^ {2}PATH/)
    const { fs, put } = await memoryStore()
    await put('/r/b', {})
    const aloud = openShell({ store: fs, spoken: true })
    await aloud.shows('/r/b')
    aloud.press(`:dump ${directory}/aloud.txt<enter>`)
    await aloud.shows('wrote the screen to')
    expect(await readFile(`${directory}/aloud.txt`, 'utf8')).toMatch(/^records, tab 1 of 5/)
  })

  test('overwrites nothing, and tells of a directory that is not there', async () => {
    const shell = await records()
    const file = join(await temporaryDirectory(), 'mine.txt')
    await writeFile(file, 'mine')
    shell.press(`:dump ${file}<enter>`)
    await shell.shows('it is there already, expected a new name')
    expect(await readFile(file, 'utf8')).toBe('mine')
    shell.press(`<escape>:dump ${file}/below<enter>`)
    await shell.shows('ENOTDIR')
    shell.press('<escape>:dump<enter>')
    expect(shell.text()).toContain('write the screen to screen.txt')
    shell.press('<ctrl-u><enter>')
    expect(shell.text()).toContain('no file is named, expected one such as screen.txt')
  })

  test('is written without a terminal too', async () => {
    const { fs, put } = await memoryStore()
    await put('/r/b', {})
    const file = join(await temporaryDirectory(), 'screen.ansi')
    using headless = new Headless({
      store: fs,
      storeName: 'memory:',
      writable: false,
      destination: { to: 'records' },
      nowMs: () => Date.now(),
      frame: { columns: 80, rows: 20, paint: painterOf('default'), glyphs: unicode, spoken: false },
    })
    await headless.shows(/\/r\/b/)
    for (const key of parseKeys(`:dump ${file}<enter>`)) await headless.press(key)
    const lines = (await readFile(file, 'utf8')).split('\n')
    expect(lines).toHaveLength(21)
    expect(withoutStyles(lines.join('\n'))).toContain('▶ /r/b')
  })
})
