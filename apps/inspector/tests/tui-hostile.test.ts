import { setImmediate } from 'node:timers/promises'
import { anything, type Filesystem, MemoryFilesystem } from '@latchless/filesystem'
import { type Destination, parseKeys } from '@latchless/inspector'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openTerminal } from './open-terminal.ts'
import { openShell } from './tui-shell.ts'

const ESCAPES = [
  '\u001b]52;c;b3duZWQ=\u0007',
  '\u001b]0;owned\u0007',
  '\u001b]4;1;rgb:ff/00/00\u001b\\',
  '\u001b]10;#ff0000\u0007',
  '\u001b]8;;https://example.org\u0007link\u001b]8;;\u0007',
  '\u001b[2J\u001b[H\u001b[31mred\u001b[?25h\u001b[?1049l\u001b[?1000h\u001b[?2004l',
  '\u001bP1000q\u001b\\\u001bc\u009b2J\u0090q\u009c',
  '\u0007\b\r\u000b\u000c\u0000\u007f',
  '\u202e\u2066\u200f\u200b\u00ad\ufeff',
  '\ud800 \udfff',
  '⚠️ 👨‍👩‍👧 👍🏽 🇩🇪 日本 e\u0301',
  `z${'\u0301'.repeat(200)}`,
]

const BODIES: readonly (readonly [string, Uint8Array | string])[] = [
  ['escapes-json', JSON.stringify({ [ESCAPES.join('')]: ESCAPES })],
  ['escapes-text', ESCAPES.join('\n')],
  ['broken-utf8', Uint8Array.of(0x7b, 0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0x1b, 0x5d, 0x30, 0x3b, 0x78, 0x07)],
  ['deep-json', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
  ['deep-objects', `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`],
  ['huge-string', JSON.stringify({ text: 'x'.repeat(300_000), wide: '日'.repeat(100_000) })],
  ['huge-line', 'y'.repeat(300_000)],
  ['proto', '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'],
  ['numbers', '[1e999,-0,123456789012345678901234567890,1E-400]'],
  ['empty', ''],
  ['nulls', new Uint8Array(4096)],
]

const HOSTILE = ESCAPES.join('')

async function hostileStore(): Promise<Filesystem> {
  const store = await MemoryFilesystem.open({})
  onTestFinished(() => store.close())
  for (const [name, body] of BODIES) {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    for (const contentType of ['application/json', 'text/plain']) {
      const entry = { body: bytes, contentType, kind: 'turn', schemaVersion: 1 }
      await store.put(`/${name}-${contentType.slice(0, 4)}`, entry, anything)
      await store.put(`/${name}-${contentType.slice(0, 4)}`, entry, anything)
    }
  }
  for (const [at, kind] of ['turn', 'order'].entries()) {
    const entry = { body: Buffer.from(`{"n":${at}}`), kind, schemaVersion: 1 }
    await store.put('/other-kind', { ...entry, contentType: 'application/json' }, anything)
    await store.put('/other-type', { ...entry, kind: 'turn', contentType: at === 0 ? 'text/a' : 'text/b' }, anything)
  }
  return asSpoiled(store)
}

/** The store as a backend would give it that checks nothing: names, kinds and writers hold whatever somebody wrote. */
function asSpoiled(store: Filesystem): Filesystem {
  const spoiledCalls = new Set(['get', 'getVersion', 'list', 'history'])
  return new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      const bound = member.bind(target) as (...args: unknown[]) => unknown
      if (typeof name !== 'string' || !spoiledCalls.has(name)) return bound
      return async (...args: unknown[]) => spoiled(await bound(...args))
    },
  })
}

function spoiled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(spoiled)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (name === 'writer') return [name, { service: `api${HOSTILE}`, host: HOSTILE, pid: 7 }]
      if (name === 'path' && String(member).startsWith('/empty')) return [name, `${String(member)}${HOSTILE}`]
      if (name === 'updates')
        return [name, [{ opId: `op${HOSTILE}`, writer: { service: HOSTILE, host: HOSTILE, pid: 7 } }]]
      if (name === 'kind' || name === 'contentType') return [name, `${String(member)}${HOSTILE}`]
      return [name, spoiled(member)]
    }),
  )
}

const WALKS: readonly { readonly name: string; readonly destination: Destination; readonly keys: string }[] = [
  {
    name: 'records',
    destination: { to: 'records' },
    keys: `${'jvvvvv'.repeat(30)}t jjj<enter>j<escape>Gkkkk/x<enter><escape>`,
  },
  { name: 'history of escapes', destination: { to: 'history', path: '/escapes-json-appl' }, keys: 'jSu|xvbBjk]c[=' },
  { name: 'history of broken UTF-8', destination: { to: 'history', path: '/broken-utf8-text' }, keys: 'jSu|xvbBjk' },
  { name: 'history of deep JSON', destination: { to: 'history', path: '/deep-json-appl' }, keys: 'jSu|xvbBjk' },
  { name: 'history of a huge string', destination: { to: 'history', path: '/huge-string-appl' }, keys: 'jSu|xvbBjk' },
  { name: 'doctor', destination: { to: 'doctor' }, keys: 'jjjjjjkk' },
  { name: 'contention', destination: { to: 'contention' }, keys: 'jjkk' },
]

// Ink would drop much of it as well. Here is nothing but the screens.
test.each(WALKS)('no frame holds a byte that a terminal would obey: $name', async ({ destination, keys }) => {
  for (const columns of [60, 140]) {
    const shell = openShell({ store: await hostileStore(), destination, columns, rows: 40, storeName: HOSTILE })
    for (const key of parseKeys(keys)) {
      shell.press(key)
      await vi.waitFor(() => expect(shell.shell.isWaiting).toBe(false), { interval: 1, timeout: 10_000 })
      // Bodies are compared in turns.
      await setImmediate()
      shell.styled()
    }
    shell.press(':list messages<enter>')
    shell.press('<escape>@')
  }
})

test.each([
  ['/other-kind', 'kind turn'],
  ['/other-type', 'content type text/a'],
])('what changed beside the body of %s is told with its escapes in sight', async (path, before) => {
  const shell = openShell({ store: await hostileStore(), destination: { to: 'history', path }, columns: 200, rows: 40 })
  await shell.shows(`${before}\\x1b]52;c;b3duZWQ=\\x07`)
})

test.each(WALKS)('hostile records reach the terminal as visible text only: $name', async ({ destination, keys }) => {
  const store = await hostileStore()
  const { screen } = openTerminal({ store, destination, columns: 140, rows: 40, storeName: `memory:${ESCAPES[1]}` })
  await screen.shows('inspector')
  screen.press(keys)
  // All keys were obeyed when what is typed last is there.
  screen.press('<escape><escape>:zzz')
  await screen.shows(/: zzz/)
  expect(screen.effects).toEqual([])
  expect(screen.isAlternate).toBe(true)
  await screen.settles(() => expect([...screen.modes].toSorted((a, b) => a - b)).toEqual([25, 1049, 2004]))
  expect(screen.lines()[0]).toContain('\\x1b]0;owned\\x07')
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
})
