import { copyFile, mkdir, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { outputSchemas } from '@latchless/inspector'
import { describe, expect, test } from 'vitest'
import { fixtureStore, temporaryDirectory } from './fixture-store.ts'
import { runHere } from './fake-io.ts'
import { COMMAND, inspector, rowsOf } from './inspector-process.ts'
import { expectHarmless } from './harmless.ts'

const ESC = '\u001b'

function versionFile(root: string, path: string, sequence: number): string {
  return join(root, 'records', path, '+record', 'v', String(sequence))
}

describe('usage errors exit 2', () => {
  test.each([
    [['lss'], 'Did you mean ls?'],
    [['ls', '--limi', '3'], 'Did you mean --limit?'],
    [['ls', '--limit', '0'], 'whole number'],
    [['cat'], "missing required argument 'path[@version]'"],
    [['cat', '/a', '/b'], 'too many arguments'],
    [['cat', '/a', '--raw', '--hex', '--store', 'memory:'], 'in two ways'],
    [['cat', '/a', '--raw', '--json', '--store', 'memory:'], 'bytes as JSON'],
    [['history', '/a', '--from', '5', '--to', 'v3', '--store', 'memory:'], 'the end is before the start'],
    [['ls'], 'INSPECTOR_STORE'],
    [['ls', '--store', 'redis://user:hunter2@host'], 'redis:…'],
    [['ls', 'turns', '--store', 'memory:'], 'a path starts with'],
  ])('%j', async (args, message) => {
    const text = await inspector(args)
    expect(text).toMatchObject({ exitCode: 2, stdout: '' })
    expect(text.stderr).toContain(message)
    expect(text.stderr).not.toContain('hunter2')
    const json = await inspector([...args, '--json'])
    const rows = rowsOf(json.stderr)
    expect(rows).toHaveLength(1)
    expect(outputSchemas.error.parse(rows[0])).toMatchObject({ code: 2 })
  })

  test('no command prints the help on stderr, or why it opens no screens', async () => {
    const piped = await inspector([])
    expect(piped).toMatchObject({ exitCode: 2, stdout: '' })
    expect(piped.stderr).toContain('Usage: inspector')
    const json = await inspector(['--json'])
    expect(json).toMatchObject({ exitCode: 2, stdout: '' })
    expect(outputSchemas.error.parse(JSON.parse(json.stderr))).toMatchObject({ code: 2, name: 'USAGE' })
    const terminal = await runHere([], { isTTY: true })
    expect(terminal).toMatchObject({ exitCode: 2, stdout: '' })
    expect(terminal.stderr).toContain('they need a terminal')
  })

  test('asked-for help and version go to stdout', async () => {
    expect((await inspector(['--help'])).stdout).toContain('Examples:')
    expect(await inspector(['--version'])).toMatchObject({ exitCode: 0, stderr: '' })
  })
})

describe('a store that is not there exits 5', () => {
  test.each(['file', 'plain'])('%s: creates no directory', async (scheme) => {
    const root = join(await temporaryDirectory(), 'missing')
    expect(await inspector(['--store', `${scheme}:${root}`, 'ls'])).toMatchObject({ exitCode: 5, stdout: '' })
    await expect(stat(root)).rejects.toThrow('ENOENT')
  })

  test('file: makes no store of an empty directory or a file', async () => {
    const root = await temporaryDirectory()
    await mkdir(join(root, 'empty'))
    await writeFile(join(root, 'file'), '')
    expect(await inspector(['--store', `file:${root}/empty`, 'ls'])).toMatchObject({ exitCode: 5 })
    expect(await inspector(['--store', `file:${root}/file`, 'ls'])).toMatchObject({ exitCode: 5 })
    await expect(stat(join(root, 'empty', 'records'))).rejects.toThrow('ENOENT')
  })
})

describe('what is not found exits 3', () => {
  test.each([
    ['cat', '/none'],
    ['cat', '/r@9'],
    ['cat', '/gone'],
    ['history', '/none'],
    ['diff', '/none'],
    ['diff', '/r'],
  ])('%s %s', async (...args) => {
    const store = await fixtureStore()
    await store.put('/r', '{}')
    await store.put('/gone', '{}')
    await store.remove('/gone')
    const { exitCode, stdout, stderr } = await inspector(['--store', store.url, ...args, '--json'])
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' })
    expect(outputSchemas.error.parse(JSON.parse(stderr))).toMatchObject({ code: 3, name: 'NOT_FOUND' })
  })
})

describe('damage', () => {
  test('a listing prints what it can, reports each damaged record and exits 8', async () => {
    const store = await fixtureStore()
    for (let at = 10; at < 40; at++) await store.put(`/r/${at}`, '{}')
    for (const at of [10, 23, 39]) await truncate(versionFile(store.root, `/r/${at}`, 1), 5)
    const listed = await inspector(['--store', store.url, 'ls', '--json'])
    expect(listed.exitCode).toBe(8)
    expect(rowsOf(listed.stdout)).toHaveLength(27)
    const errors = rowsOf(listed.stderr).map((row) => outputSchemas.error.parse(row))
    expect(errors.map(({ code, path }) => [code, path])).toEqual([
      [6, '/r/10'],
      [6, '/r/23'],
      [6, '/r/39'],
    ])
    const counted = await inspector(['--store', store.url, 'stats', '--json'])
    expect(counted.exitCode).toBe(8)
    expect(rowsOf(counted.stdout).at(-1)).toMatchObject({ type: 'total', records: 27 })
  })

  test('a directory with a damaged record below is listed among the children', async () => {
    const store = await fixtureStore()
    for (const path of ['/a', '/m/x/1', '/m/y', '/z']) await store.put(path, '{}')
    await truncate(versionFile(store.root, '/m/x/1', 1), 5)
    const listed = await inspector(['--store', store.url, 'ls', '--depth', 'children'])
    expect(listed).toMatchObject({ exitCode: 0, stdout: '/a\n/m/\n/z\n' })
  })

  test('cat of a damaged record exits 6 and prints nothing of it', async () => {
    const store = await fixtureStore()
    await store.put('/r', '{"secret":1}')
    await truncate(versionFile(store.root, '/r', 1), 5)
    expect(await inspector(['--store', store.url, 'cat', '/r', '--raw'])).toMatchObject({ exitCode: 6, stdout: '' })
  })

  test('history goes round a damaged version, exits 8, and does not call it pruned', async () => {
    const store = await fixtureStore()
    for (let n = 1; n <= 5; n++) await store.put('/r', `{"n":${n}}`)
    await copyFile(versionFile(store.root, '/r', 1), versionFile(store.root, '/r', 3))
    const { exitCode, stdout, stderr } = await inspector(['--store', store.url, 'history', '/r', '--json'])
    expect(exitCode).toBe(8)
    expect(rowsOf(stdout)).toMatchObject([5, 4, 2, 1].map((version) => ({ type: 'version', version })))
    expect(rowsOf(stderr)).toMatchObject([{ code: 6, path: '/r' }])
  })
})

describe('hostile bytes', () => {
  test('D14 come out of every command escaped, as text and as JSON, and untouched only from cat --raw', async () => {
    const store = await fixtureStore()
    const evil = `${ESC}]52;c;aGk=\u0007${ESC}[2J\u009b31m\u202egnp.exe\r\n\u{e0041}`
    const path = '/evil\u202e\u200b/x'
    const writer = { service: evil, host: evil, pid: 1 }
    await store.put(path, JSON.stringify({ safe: 1 }), { writer })
    await store.put(path, evil, { writer, updates: [{ opId: 'op\u202e\u009b', writer }] })
    const commands = [
      ['ls', '--long'],
      ['ls', '--depth', 'children'],
      ['cat', path],
      ['cat', path, '--meta'],
    ]
    commands.push(['cat', path, '--hex'], ['history', path], ['diff', path], ['diff', path, '--format', 'unified'])
    for (const format of ['jsonl', 'md']) commands.push(['export', path, '--format', format])
    commands.push(['watch', path, '--initial', '--diff', '--max', '1'], ['diff', `${path}@1`, '@2', '--format', 'side'])
    commands.push(['stats'], ['cat', `${path}@9`], ['cat', `${path}\u001b[2J`], [evil], ['ls', evil], ['schema', evil])
    for (const command of commands) {
      for (const json of [[], ['--json']]) {
        const { stdout, stderr } = await runHere(['--store', store.url, ...command, ...json])
        expect(stdout + stderr).not.toBe('')
        expectHarmless(stdout)
        expectHarmless(stderr)
      }
    }
    expect(await runHere(['--store', store.url, 'cat', path, '--raw'])).toMatchObject({ stdout: evil })
  })
})

describe('streams', () => {
  test('a reader that goes away ends the listing quietly with 0', async () => {
    const store = await fixtureStore()
    for (let at = 0; at < 300; at++) await store.put(`/r/${'x'.repeat(200)}/${'y'.repeat(200)}/${at}`, '{}')
    const script = '"$@" | head -n 1; echo "exit ${PIPESTATUS[0]}"'
    const { stdout, stderr } = await execa('bash', ['-c', script, 'bash', ...COMMAND, '--store', store.url, 'ls'])
    expect(stdout).toMatch(/\nexit 0$/)
    expect(stderr).toBe('')
  })

  test.runIf(process.platform === 'linux')('a full disk behind stdout is no bug of the inspector', async () => {
    const script = '"$@" >/dev/full; echo "exit $?"'
    const { stdout, stderr } = await execa('bash', ['-c', script, 'bash', ...COMMAND, 'schema'])
    expect(stdout).toBe('exit 7')
    expect(stderr).toMatch(/^error: Cannot print: ENOSPC[^\n]*$/)
  })

  test('colours are for terminals, and NO_COLOR and --no-color take them away', async () => {
    const store = await fixtureStore()
    await store.put('/r', '{"n":1}')
    await store.put('/r', '{"n":2}')
    const diff = ['--store', store.url, 'diff', '/r']
    expect((await runHere(diff, { isTTY: true })).stdout).toContain(`${ESC}[31m`)
    expect((await runHere(diff, { isTTY: true, env: { NO_COLOR: '1' } })).stdout).not.toContain(ESC)
    expect((await runHere(diff, { isTTY: true, env: { TERM: 'dumb' } })).stdout).not.toContain(ESC)
    expect((await runHere([...diff, '--no-color'], { isTTY: true, env: { FORCE_COLOR: '1' } })).stdout).not.toContain(
      ESC,
    )
    expect((await inspector(diff, { FORCE_COLOR: '1' })).stdout).toContain(ESC)
    expect((await inspector(diff)).stdout).not.toContain(ESC)
  })
})
