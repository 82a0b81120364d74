import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { outputSchemas } from '@latchless/inspector'
import { describe, expect, test } from 'vitest'
import { fixtureStore, temporaryDirectory } from './fixture-store.ts'
import { checkedRows } from './fake-io.ts'
import { inspector, rowsOf } from './inspector-process.ts'

type SchemaName = keyof typeof outputSchemas

/** Every row must be what `inspector schema` promises for its type. */
function checkRows(ndjson: string): Record<string, unknown>[] {
  return rowsOf(ndjson).map((row) => {
    const { type } = row as { type: SchemaName }
    outputSchemas[type].parse(row)
    return row as Record<string, unknown>
  })
}

async function filledStore() {
  const store = await fixtureStore()
  for (let n = 1; n <= 4; n++) {
    await store.put('/turns/t1', JSON.stringify({ n, s: n < 4 ? 'open' : 'paid' }), { updates: [{ opId: `op-${n}` }] })
  }
  await store.put('/turns/t2', '{"a":1}')
  await store.put('/turns/t2/notes/n1', 'plain text', { entry: { contentType: 'text/plain' } })
  await store.put('/budget', '{}')
  await store.put('/gone', '{"was":"here"}')
  await store.remove('/gone')
  return store
}

describe('ls', () => {
  test('prints paths in order, and tombstones when asked', async () => {
    const { url } = await filledStore()
    const plain = await inspector(['--store', url, 'ls'])
    expect(plain).toEqual({ exitCode: 0, stdout: '/budget\n/turns/t1\n/turns/t2\n/turns/t2/notes/n1\n', stderr: '' })
    const deleted = await inspector(['ls', '--deleted', '--store', url])
    expect(deleted.stdout).toBe('/budget\n/gone (deleted)\n/turns/t1\n/turns/t2\n/turns/t2/notes/n1\n')
  })

  test('takes the store from INSPECTOR_STORE, and flags on either side of the command', async () => {
    const { url } = await filledStore()
    const before = await inspector(['--json', 'ls', '/turns/'], { INSPECTOR_STORE: url })
    const after = await inspector(['ls', '/turns', '--json', '--store', url], { INSPECTOR_STORE: 'file:/nowhere' })
    expect(before.stdout).toBe(after.stdout)
    expect(checkRows(before.stdout).map(({ path }) => path)).toEqual(['/turns/t1', '/turns/t2', '/turns/t2/notes/n1'])
    expect(before.stdout).toMatch(
      /^\{"type":"record","v":1,"path":"\/turns\/t1","state":"live","version":4,"token":"4\.[0-9a-f]{16}","kind":"turn",/,
    )
  })

  test('lists children, and a path that is record and directory as both', async () => {
    const { url } = await filledStore()
    const { stdout } = await inspector(['--store', url, 'ls', '/turns', '--depth', 'children', '--json'])
    expect(checkRows(stdout).map(({ type, path }) => `${String(type)} ${String(path)}`)).toEqual([
      'record /turns/t1',
      'record /turns/t2',
      'directory /turns/t2',
    ])
  })

  test('goes on behind --after, stops at --limit and says how to continue', async () => {
    const { url } = await filledStore()
    const first = await inspector(['--store', url, 'ls', '--limit', '2'])
    expect(first.stdout).toBe('/budget\n/turns/t1\n')
    expect(first.stderr).toContain('--after /turns/t1')
    const rest = await inspector(['--store', url, 'ls', '--after', '/turns/t1'])
    expect(rest.stdout).toBe('/turns/t2\n/turns/t2/notes/n1\n')
  })

  test('counts, and can exit 1 on nothing', async () => {
    const { url } = await filledStore()
    const counted = await inspector(['--store', url, 'ls', '--count', '--deleted', '--json'])
    expect(checkRows(counted.stdout)).toMatchObject([{ type: 'count', prefix: '/', records: 4, tombstones: 1 }])
    expect(await inspector(['--store', url, 'ls', '/none', '--fail-empty'])).toMatchObject({ exitCode: 1, stdout: '' })
    expect(await inspector(['--store', url, 'ls', '/none'])).toMatchObject({ exitCode: 0, stdout: '' })
  })

  test('lists more than a page', async () => {
    const store = await fixtureStore()
    for (let at = 0; at < 230; at++) await store.put(`/r/${String(at).padStart(3, '0')}`, '{}')
    const { stdout } = await inspector(['--store', store.url, 'ls', '--long'])
    expect(stdout.trimEnd().split('\n')).toHaveLength(230)
    const { stdout: some } = await inspector(['--store', store.url, 'ls', '--limit', '150'])
    expect(some.trimEnd().split('\n').at(-1)).toBe('/r/149')
  })
})

describe('cat', () => {
  test('prints the head or a version as text, JSON, hex and metadata', async () => {
    const { url } = await filledStore()
    const run = async (...args: string[]) => (await inspector(['--store', url, 'cat', ...args])).stdout
    expect(await run('/turns/t1')).toBe('{"n":4,"s":"paid"}\n')
    expect(await run('/turns/t1@2', '--pretty')).toBe('{\n  "n": 2,\n  "s": "open"\n}\n')
    expect(await run('/turns/t1@v2', '--raw')).toBe('{"n":2,"s":"open"}')
    expect(await run('/budget', '--hex')).toBe('00000000  7b 7d                                            |{}|\n')
    expect(await run('/turns/t1@3', '--meta')).toContain('update         op-3\n')
    expect(checkRows(await run('/turns/t1@1', '--json'))).toMatchObject([
      { type: 'value', version: 1, encoding: 'json', value: { n: 1, s: 'open' }, updates: [{ opId: 'op-1' }] },
    ])
    expect(checkRows(await run('/turns/t2/notes/n1', '--json'))).toMatchObject([
      { encoding: 'text', value: 'plain text' },
    ])
    expect(checkRows(await run('/gone', '--meta', '--json'))).toMatchObject([
      { type: 'meta', state: 'deleted', version: 2 },
    ])
  })

  test('finds a version by its whole token and no other generation of it', async () => {
    const { url, fs } = await filledStore()
    const head = await fs.get('/turns/t2')
    const token = head.state === 'live' ? head.version : ''
    expect(await inspector(['--store', url, 'cat', `/turns/t2@${token}`])).toMatchObject({ stdout: '{"a":1}\n' })
    expect(await inspector(['--store', url, 'cat', '/turns/t2@1.0000000000000000'])).toMatchObject({
      exitCode: 3,
      stdout: '',
    })
  })

  test('refuses binary without --raw, --hex or --json', async () => {
    const store = await fixtureStore()
    await store.put('/blob', Uint8Array.of(0, 255, 27), { entry: { contentType: 'application/octet-stream' } })
    const refused = await inspector(['--store', store.url, 'cat', '/blob'])
    expect(refused).toMatchObject({ exitCode: 7, stdout: '' })
    expect(refused.stderr).toContain('--raw')
    const { stdout } = await inspector(['--store', store.url, 'cat', '/blob', '--json'])
    expect(checkRows(stdout)).toMatchObject([{ encoding: 'b64', value: 'AP8b' }])
  })

  test('-o replaces the file as a whole and leaves nothing beside it', async () => {
    const { url } = await filledStore()
    const directory = await temporaryDirectory()
    const file = join(directory, 'out.json')
    expect(await inspector(['--store', url, 'cat', '/turns/t1@1', '--raw', '-o', file])).toMatchObject({
      exitCode: 0,
      stdout: '',
    })
    expect(await inspector(['--store', url, 'cat', '/turns/t1', '--raw', '-o', file])).toMatchObject({ exitCode: 0 })
    expect(await readFile(file, 'utf8')).toBe('{"n":4,"s":"paid"}')
    expect(await inspector(['--store', url, 'cat', '/budget', '-o', join(file, 'x')])).toMatchObject({ exitCode: 7 })
    expect(await readdir(directory)).toEqual(['out.json'])
  })
})

describe('history', () => {
  test('lists versions newest first, deletions and opIds included', async () => {
    const { url } = await filledStore()
    const { stdout } = await inspector(['--store', url, 'history', '/turns/t1', '--json'])
    expect(checkRows(stdout)).toMatchObject(
      [4, 3, 2, 1].map((version) => ({ version, updates: [{ opId: `op-${version}` }] })),
    )
    const gone = await inspector(['--store', url, 'history', '/gone'])
    expect(gone.stdout).toMatch(/^v2 +deleted +- .*\nv1 +14 .*\n$/)
    const limited = await inspector(['--store', url, 'history', '/turns/t1', '--limit', '1', '--json'])
    expect(checkRows(limited.stdout).map(({ type, version }) => [type, version])).toEqual([['version', 4]])
  })

  test('shows pruned versions as a gap', async () => {
    const store = await fixtureStore()
    for (let n = 1; n <= 6; n++) await store.put('/r', `{"n":${n}}`, { keepVersions: 2 })
    const { stdout } = await inspector(['--store', store.url, 'history', '/r', '--json'])
    expect(checkRows(stdout).map(({ version, from, to }) => version ?? [from, to])).toEqual([6, 5, 4, [1, 3]])
    const text = await inspector(['--store', store.url, 'history', '/r'])
    expect(text.stdout).toContain('v1 to v3 not retained')
    expect(await inspector(['--store', store.url, 'cat', '/r@2', '--json'])).toMatchObject({ exitCode: 3 })
  })
})

describe('diff', () => {
  test('compares the previous version with the head', async () => {
    const { url } = await filledStore()
    const { stdout, exitCode } = await inspector(['--store', url, 'diff', '/turns/t1'])
    expect(exitCode).toBe(0)
    expect(stdout).toBe('--- /turns/t1@v3\n+++ /turns/t1@v4\n~ /n  3 -> 4\n~ /s  "open" -> "paid"\n')
  })

  test('exits 1 on a difference when asked, 0 on none', async () => {
    const { url } = await filledStore()
    expect(await inspector(['--store', url, 'diff', '/turns/t1@1', '@2', '--exit-code'])).toMatchObject({ exitCode: 1 })
    expect(await inspector(['--store', url, 'diff', '/turns/t1@2', '@2', '--exit-code'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    })
  })

  test('prints every format as text and as JSON of its schema', async () => {
    const { url } = await filledStore()
    for (const format of ['structural', 'json-patch', 'unified']) {
      const { stdout } = await inspector([
        '--store',
        url,
        'diff',
        '/turns/t1@1',
        '/turns/t2',
        '--format',
        format,
        '--json',
      ])
      expect(checkRows(stdout)).toMatchObject([
        { type: 'diff', format, equal: false, from: { version: 1 }, to: { version: 1 } },
      ])
    }
    const unified = await inspector(['--store', url, 'diff', '/turns/t1@1', '--format', 'unified'])
    expect(unified.stdout).toContain(
      '@@ -1,4 +1,4 @@\n {\n-  "n": 1,\n-  "s": "open"\n+  "n": 4,\n+  "s": "paid"\n }\n',
    )
    const deleted = await inspector(['--store', url, 'diff', '/gone'])
    expect(deleted.stdout).toContain('+++ /gone@v2 (deleted)\n- (whole body)  {"was":"here"}\n')
  })

  test('says so when JSON differs in its spelling only', async () => {
    const store = await fixtureStore()
    for (const body of ['{"a":1}', '{ "a": 1.0 }']) await store.put('/r', body)
    const text = await inspector(['--store', store.url, 'diff', '/r', '--exit-code'])
    expect(text).toEqual({ exitCode: 0, stdout: '', stderr: 'no part differs that counts here, but the bytes do\n' })
    const json = await inspector(['--store', store.url, 'diff', '/r', '--json'])
    expect(checkedRows(json.stdout)).toMatchObject([{ equal: true, sameBytes: false, changes: [] }])
  })

  test('compares binary bodies by bytes', async () => {
    const store = await fixtureStore()
    await store.put('/b', Uint8Array.of(0, 1, 2))
    await store.put('/b', Uint8Array.of(0, 1, 3, 4))
    const { stdout } = await inspector(['--store', store.url, 'diff', '/b', '--json'])
    expect(checkRows(stdout)).toMatchObject([{ format: 'bytes', fromSize: 3, toSize: 4, firstDifference: 2 }])
    expect(await inspector(['--store', store.url, 'diff', '/b', '--format', 'structural'])).toMatchObject({
      exitCode: 7,
    })
  })

  test('refuses bodies with too little in common instead of taking for ever', async () => {
    const store = await fixtureStore()
    const lines = (letter: string) => Array.from({ length: 4000 }, (_, at) => `${letter}${at}`).join('\n')
    await store.put('/t', lines('a'))
    await store.put('/t', lines('b'))
    const { exitCode, stderr } = await inspector(['--store', store.url, 'diff', '/t'])
    expect(exitCode).toBe(7)
    expect(stderr).toContain('more than 1500 lines differ')
  })
})

describe('stats', () => {
  test('counts by directory, and a total', async () => {
    const { url } = await filledStore()
    const { stdout } = await inspector(['--store', url, 'stats', '--json'])
    expect(checkRows(stdout)).toMatchObject([
      { type: 'stats', prefix: '/turns', records: 3, versions: 6, deepest: { path: '/turns/t1', version: 4 } },
      { type: 'stats', prefix: '/', records: 1, tombstones: 1, bytes: 2, versions: 3 },
      { type: 'total', prefix: '/', records: 4, tombstones: 1, bytes: 37, versions: 9 },
    ])
    const text = await inspector(['--store', url, 'stats', '/turns'])
    expect(text.stdout).toContain('total of /turns\n')
  })
})

describe('schema', () => {
  test('prints the JSON Schema of each output', async () => {
    const { stdout: names } = await inspector(['schema'])
    expect(names.trimEnd().split('\n')).toEqual(Object.keys(outputSchemas))
    const { stdout } = await inspector(['schema', 'record'])
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object', properties: { type: { const: 'record' } } })
    expect(await inspector(['schema', 'nope'])).toMatchObject({ exitCode: 2, stdout: '' })
  })
})
