import { describe, expect, test } from 'vitest'
import { checkedRows, runHere } from './fake-io.ts'
import { fixtureStore } from './fixture-store.ts'

async function filledStore() {
  const store = await fixtureStore()
  for (let n = 1; n <= 4; n++) await store.put('/turns/t1', JSON.stringify({ n, at: n, list: [n, 0] }))
  await store.put('/turns/t2', '{"a":1}', {
    entry: { kind: 'lease' },
    writer: { service: 'batch', host: 'h2', pid: 1 },
  })
  await store.put('/budget', JSON.stringify({ text: 'x'.repeat(2000) }))
  await store.put('/gone', '{}')
  await store.remove('/gone')
  const run = async (...args: string[]) => await runHere(['--store', store.url, ...args])
  return { ...store, run }
}

describe('ls', () => {
  test.each([
    ['kind:lease', ['/turns/t2']],
    ['turns !t2', ['/turns/t1']],
    ['size>1k', ['/budget']],
    ['ver>=4', ['/turns/t1']],
    ['writer:batch', ['/turns/t2']],
    ['/t[12]$/', ['/turns/t1', '/turns/t2']],
    ['age>1d', []],
  ])('--filter %s', async (filter, paths) => {
    const { run } = await filledStore()
    const { stdout, exitCode } = await run('ls', '--filter', filter)
    expect(stdout.split('\n').filter(Boolean)).toEqual(paths)
    expect(exitCode).toBe(0)
  })

  test('counts, limits and misses what passes the filter, tombstones when asked', async () => {
    const { run } = await filledStore()
    expect((await run('ls', '--filter', 'turns', '--count')).stdout).toBe('2\n')
    expect((await run('ls', '--filter', 'turns', '--limit', '1')).stdout).toBe('/turns/t1\n')
    expect((await run('ls', '--filter', 'state:deleted', '--deleted')).stdout).toBe('/gone (deleted)\n')
    expect(await run('ls', '--filter', 'nothing-like-this', '--fail-empty')).toMatchObject({ exitCode: 1, stdout: '' })
  })

  test('refuses a filter that it cannot read, and says what would be right', async () => {
    const { run } = await filledStore()
    const { exitCode, stdout, stderr } = await run('ls', '--filter', 'size>big')
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain('expected bytes such as')
  })

  test('--sort -path begins with the last, and goes on from there', async () => {
    const { run } = await filledStore()
    expect((await run('ls', '--sort', '-path')).stdout).toBe('/turns/t2\n/turns/t1\n/budget\n')
    expect((await run('ls', '--sort', '-path', '--after', '/turns/t2')).stdout).toBe('/turns/t1\n/budget\n')
    expect(await run('ls', '--sort', 'size')).toMatchObject({ exitCode: 2 })
  })

  test('--plain separates columns by tabs and does not align them', async () => {
    const { run } = await filledStore()
    const { stdout } = await run('ls', '/turns', '--long', '--plain')
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'))
    expect(rows.map(([version, kind, , , writer, path]) => [version, kind, writer, path])).toEqual([
      ['v4', 'turn', 'api@h1:7', '/turns/t1'],
      ['v1', 'lease', 'batch@h2:1', '/turns/t2'],
    ])
  })

  test('cuts lines to the terminal, and nowhere else', async () => {
    const { url, ...store } = await filledStore()
    await store.put(`/long/${'y'.repeat(200)}`, '{}')
    const argv = ['--store', url, 'ls', '--long', '--no-color']
    const narrow = await runHere(argv, { isTTY: true, columns: 60 })
    expect(Math.max(...narrow.stdout.split('\n').map((line) => line.length))).toBe(60)
    expect(narrow.stdout).toContain('…')
    for (const whole of [await runHere(argv), await runHere([...argv, '--plain'], { isTTY: true, columns: 60 })]) {
      expect(whole.stdout).toContain('y'.repeat(200))
    }
  })
})

describe('history', () => {
  test('lists a range of versions, and the part of a gap that lies in it', async () => {
    const store = await fixtureStore()
    for (let n = 1; n <= 9; n++) await store.put('/r', `{"n":${n}}`, { keepVersions: 4 })
    const rows = async (...args: string[]) =>
      checkedRows((await runHere(['--store', store.url, 'history', '/r', '--json', ...args])).stdout).map(
        ({ version, from, to }) => version ?? [from, to],
      )
    expect(await rows('--from', '6', '--to', 'v8')).toEqual([8, 7, 6])
    expect(await rows('--from', '3', '--to', '6')).toEqual([6, 5, [3, 4]])
    expect(await rows('--to', '8', '--limit', '2')).toEqual([8, 7])
    expect(await rows('--from', '20')).toEqual([])
  })

  test('--since keeps versions by the times that their writers gave', async () => {
    const { run } = await filledStore()
    expect((await run('history', '/turns/t1', '--since', '-1h')).stdout.trimEnd().split('\n')).toHaveLength(4)
    const future = await run('history', '/turns/t1', '--since', '2100-01-01')
    expect(future).toMatchObject({ exitCode: 2, stdout: '' })
    const { exitCode, stderr } = await run('history', '/turns/t1', '--since', 'yesterday')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('expected -5m, 14:30')
  })

  test('exits 3 for what was never written, whatever the range', async () => {
    const { run } = await filledStore()
    expect(await run('history', '/none', '--to', '3')).toMatchObject({ exitCode: 3, stdout: '' })
  })
})

describe('diff', () => {
  test('reads either side from a pipe', async () => {
    const { url } = await filledStore()
    const diff = async (...sides: string[]) =>
      await runHere(['--store', url, 'diff', ...sides], { stdin: '{"n":9,"at":4,"list":[4,0]}' })
    expect((await diff('/turns/t1', '-')).stdout).toBe('--- /turns/t1@v4\n+++ stdin\n~ /n  4 -> 9\n')
    expect((await diff('-', '/turns/t1@4')).stdout).toBe('--- stdin\n+++ /turns/t1@v4\n~ /n  9 -> 4\n')
    expect(await diff('-', '-')).toMatchObject({ exitCode: 2 })
    expect(await diff('-')).toMatchObject({ exitCode: 2 })
    const json = await runHere(['--store', url, 'diff', '/turns/t1', '-', '--json'], { stdin: '{}' })
    expect(checkedRows(json.stdout)).toMatchObject([{ to: { path: '-', version: null }, equal: false }])
  })

  test('does not wait for a person to type a body', async () => {
    const { run } = await filledStore()
    const { exitCode, stderr } = await run('diff', '/turns/t1', '-')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('it is a terminal')
  })

  test('--ignore leaves out parts, in every format', async () => {
    const { run } = await filledStore()
    const ignoring = ['--ignore', '/at', '--ignore', '/list/0']
    expect((await run('diff', '/turns/t1', ...ignoring)).stdout).toBe(
      '--- /turns/t1@v3\n+++ /turns/t1@v4\n~ /n  3 -> 4\n',
    )
    expect((await run('diff', '/turns/t1', '--format', 'unified', ...ignoring)).stdout).not.toContain('"at"')
    const all = await run('diff', '/turns/t1', '--exit-code', '--ignore', '/n', ...ignoring)
    const remark = 'no part differs that counts here, but the bytes do\n'
    expect(all).toEqual({ exitCode: 0, stdout: '', stderr: remark })
    expect(await run('diff', '/turns/t1', '--ignore', 'n')).toMatchObject({ exitCode: 2 })
  })

  test('--format side puts both beside each other within the terminal', async () => {
    const { url } = await filledStore()
    const { stdout } = await runHere(['--store', url, 'diff', '/turns/t1@1', '@2', '--format', 'side', '--no-color'], {
      isTTY: true,
      columns: 40,
    })
    const lines = stdout.trimEnd().split('\n')
    expect(lines.every((line) => line.length <= 40)).toBe(true)
    expect(lines).toContain(`  "n": 1,          |   "n": 2,`)
    expect(await runHere(['--store', url, 'diff', '/turns/t1', '--format', 'side', '--json'])).toMatchObject({
      exitCode: 2,
    })
  })
})
