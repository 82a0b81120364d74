import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { anything, type Filesystem, MemoryFilesystem } from '@latchless/filesystem'
import { expect, test, vi } from 'vitest'
import { temporaryDirectory } from './fixture-store.ts'
import { recordStorm, writeFight } from './storm.ts'
import { openShell, type OpenShell, type ShellOptions } from './tui-shell.ts'

async function put(store: Filesystem, path: string, service = 'api', pid = 7): Promise<void> {
  const entry = { body: Buffer.from('{}'), contentType: 'application/json' }
  await store.put(path, entry, anything, { writer: { service, host: 'h1', pid } })
}

async function openContention(options: Partial<ShellOptions> = {}) {
  const store = options.store ?? (await MemoryFilesystem.open())
  // Traces are recorded now, so the screen has to live now too.
  const shell = openShell({ nowMs: Date.now() + 2000, destination: { to: 'contention' }, ...options, store })
  return { store, shell }
}

/** Passes time until the frame has a text, writing what makes it. */
async function untilShown(shell: OpenShell, expected: string | RegExp, write = async () => {}): Promise<void> {
  await vi.waitFor(
    async () => {
      await write()
      shell.pass(1000)
      expect(shell.text()).toMatch(expected)
    },
    { timeout: 20_000 },
  )
}

async function openStorm(options: Partial<ShellOptions> = {}) {
  const file = join(await temporaryDirectory(), 'storm.castrace.jsonl')
  await writeFight(file, 40)
  const opened = await openContention({ destination: { to: 'contention', traces: [file] }, ...options })
  return { ...opened, file }
}

test('the contention screen tells of commits as they happen, and that losses are unknown', async () => {
  const { store, shell } = await openContention()
  await untilShown(shell, /\/orders\/1 /, () => put(store, '/orders/1'))
  expect(shell.text()).toContain('recordTrace')
  expect(shell.text()).toMatch(/committed \d/)
  expect(shell.text()).toMatch(/api@h1\/7/)
})

test('the contention screen tells of a trace what was won and lost, by record and by writer', async () => {
  const { shell } = await openStorm()
  await untilShown(shell, /▶ \/hot/)
  const text = shell.text()
  expect(text).toMatch(/ 1 █+ +40 100\.0%/)
  expect(text).toMatch(/◆ won \d+\.\d/)
  expect(text).toMatch(/lost 50\.0%/)
  expect(text).toMatch(/api@h\/4/)
  expect(text).toMatch(/▲ \/hot: 4 writers in 4 processes, 50% of attempts lost, no updates folded/)
})

test.each([
  [60, 16],
  [89, 24],
  [90, 24],
  [100, 30],
  [160, 50],
  [200, 60],
])('at %i×%i every panel of the contention screen fits, in ASCII too', async (columns, rows) => {
  for (const isAscii of [false, true]) {
    const { shell } = await openStorm({ columns, rows, ascii: isAscii })
    await untilShown(shell, '/hot')
    shell.press('vvvvvvjkGgsssssssSSttt')
    shell.press('z')
  }
})

test('hostile paths and writers do no harm on the contention screen', async () => {
  const { store, shell } = await openContention()
  const path = '/\u{202e}evil\u{200b}/客户'
  await untilShown(shell, /evil/, () => put(store, path, '\u001b]52;c;AAAA\u0007\u001b[31mred'))
  expect(shell.text()).toContain('\\u{202e}evil')
})

test('the selected record stays selected when another passes it', async () => {
  const { store, shell } = await openContention()
  await untilShown(shell, /\/a .*\n.*\/b /, async () => {
    await put(store, '/a')
    await put(store, '/b')
  })
  for (let n = 0; n < 3; n++) await put(store, '/a')
  await untilShown(shell, /▶ \/a/)
  shell.press('j')
  expect(shell.text()).toMatch(/▶ \/b/)
  await untilShown(shell, /▶ \/b .*\n.*\/a /, async () => {
    await put(store, '/b')
  })
})

test('p keeps what is shown until it is pressed again, and nothing is lost meanwhile', async () => {
  const { store, shell } = await openContention()
  await untilShown(shell, '/before', () => put(store, '/before'))
  shell.press('p')
  expect(shell.text()).toContain('paused')
  const before = shell.text()
  await put(store, '/meanwhile')
  await vi.waitFor(async () => {
    shell.pass(1000)
    expect(await store.get('/meanwhile')).toMatchObject({ state: 'live' })
  })
  expect(shell.text()).toBe(before)
  shell.press('p')
  await untilShown(shell, '/meanwhile')
})

test('t turns the window, s the column and / filters by a text', async () => {
  const { shell } = await openStorm()
  await untilShown(shell, '/hot')
  expect(shell.text()).toMatch(/by lost attempts, 60 s/)
  shell.press('t')
  expect(shell.text()).toMatch(/by lost attempts, 600 s/)
  shell.press('sS')
  expect(shell.text()).toMatch(/by rate, reversed, 600 s/)
  shell.press('/nothing has this')
  expect(shell.text()).toMatch(/ 0 hot records/)
  shell.press('<escape>')
  expect(shell.text()).toMatch(/ 1 hot record/)
  shell.press('/ho<enter>')
  expect(shell.text()).toMatch(/ 1 hot record by rate, reversed, 600 s, with ho/)
  shell.press('<escape>')
  expect(shell.text()).not.toContain('with ho')
})

test('enter opens the replay of a traced record, and the history where there is no trace', async () => {
  const { shell } = await openStorm()
  await untilShown(shell, /▶ \/hot/)
  shell.press('<enter>')
  expect(shell.text()).toContain('[3]Replay')
  const commits = await openContention()
  await untilShown(commits.shell, '/orders/1', () => put(commits.store, '/orders/1'))
  commits.shell.press('<enter>')
  expect(commits.shell.text()).toContain('[2]History')
})

test('c shows one record alone', async () => {
  const { store, shell } = await openContention()
  await untilShown(shell, /\/orders\/1 /, () => put(store, '/orders/1'))
  shell.press('c')
  await untilShown(shell, /▶ \/orders\/1 /, async () => {
    await put(store, '/orders/1')
    await put(store, '/orders/10')
  })
  expect(shell.text()).toContain('contention ▸ /orders/1')
  expect(shell.text()).not.toContain('/orders/10')
})

test(':trace follows one more file, and refuses none', async () => {
  const file = join(await temporaryDirectory(), 'storm.castrace.jsonl')
  await recordStorm(file, { processes: 2, writers: 2, updatesEach: 2 })
  const { shell } = await openContention()
  shell.press(':trace<enter>')
  shell.press('<escape>')
  shell.press(`:trace ${file}<enter>`)
  await untilShown(shell, /▶ \/hot/)
})

test('a mistyped :trace is told, forgotten, and ends nothing else', async () => {
  const file = join(await temporaryDirectory(), 'storm.castrace.jsonl')
  await recordStorm(file, { processes: 2, writers: 2, updatesEach: 2 })
  const { store, shell } = await openContention()
  await untilShown(shell, /\/orders\/1 /, () => put(store, '/orders/1'))
  shell.press(`:trace ${file}x<enter>`)
  await shell.shows(`Cannot follow "${file}x"`)
  await untilShown(shell, /\/orders\/2 /, () => put(store, '/orders/2'))
  shell.press(`:trace ${file}<enter>`)
  await untilShown(shell, /\/hot/)
  expect(shell.text()).not.toContain('Cannot follow')
})

test('a trace that is not there is told, and the screen goes on', async () => {
  const { shell } = await openContention({ destination: { to: 'contention', traces: ['/nowhere/a.castrace.jsonl'] } })
  await shell.shows('Cannot follow "/nowhere/a.castrace.jsonl"')
})

test('r records what is committed in a file until it is pressed again', async () => {
  const file = join(await temporaryDirectory(), 'night.castrace.jsonl')
  const { store, shell } = await openContention()
  shell.press('r')
  shell.press('<ctrl-u>')
  shell.paste(file)
  shell.press('<enter>')
  await untilShown(shell, /recording [1-9]/, () => put(store, '/orders/1'))
  shell.press('r')
  await shell.shows(/recorded \d+ commits in/)
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
  expect(lines.at(-1)).toContain('"e":"end"')
})

test('a recording ends when the screen is left', async () => {
  const file = join(await temporaryDirectory(), 'night.castrace.jsonl')
  const { shell } = await openContention()
  shell.press('r')
  shell.press('<ctrl-u>')
  shell.paste(file)
  shell.press('<enter>1')
  await vi.waitFor(async () => expect(await readFile(file, 'utf8')).toContain('"e":"end"'))
})

test('nothing is drawn more often than once a second, and nothing at all when all is still', async () => {
  const { store, shell } = await openContention()
  await untilShown(shell, '/orders/1', () => put(store, '/orders/1'))
  let drawn = 0
  shell.shell.subscribe(() => drawn++)
  for (let n = 0; n < 200; n++) await put(store, '/orders/1')
  for (let ms = 0; ms < 5000; ms += 250) shell.pass(250)
  expect(drawn).toBeLessThanOrEqual(6)
  // The window is empty after a minute, and then no timer is left.
  for (let seconds = 0; seconds < 180; seconds += 5) shell.pass(5000)
  drawn = 0
  for (let minutes = 0; minutes < 60; minutes++) shell.pass(60_000)
  expect(drawn).toBe(0)
})

test('read aloud it is lines of words', async () => {
  const { shell } = await openStorm({ spoken: true, columns: 160 })
  await vi.waitFor(() => {
    shell.pass(1000)
    expect(shell.text()).toContain('selected: /hot')
  })
  expect(shell.text()).toMatch(/attempts in the last \d s: 40 won/)
  expect(shell.text()).not.toMatch(/[▁▂▃▄▅▆▇█─│]/)
})
