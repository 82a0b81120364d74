import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkedRows, runHere } from './fake-io.ts'
import { temporaryDirectory } from './fixture-store.ts'
import { expectHarmless } from './harmless.ts'
import { done, lost, op, read, traceFile, traceText, wait, won } from './trace-lines.ts'

const A = { w: 'alpha@h/1', op: 'opA' }
const B = { w: 'beta@h/2', op: 'opB' }
const DUEL = [
  op(0, A),
  op(0, B),
  read(0, 5000, 4, A),
  read(0, 6000, 4, B),
  won(10_000, 20_000, 4, 'wA', A),
  done(0, 30_000, A),
  lost(12_000, 31_000, 4, 'wB', { cur: 5, by: 'alpha@h/1', byWrite: 'wA' }, B),
  wait(43_000, 17_000, B),
  won(60_000, 10_000, 5, 'wB2', { ...B, a: 2 }),
  done(0, 70_000, { ...B, a: 2 }),
]

test('replay prints figures, and that nothing is wrong', async () => {
  const { stdout, stderr, exitCode } = await runHere(['replay', await traceFile(traceText(DUEL)), '--by', 'writer'])
  expect([stderr, exitCode]).toEqual(['', 0])
  expect(stdout).toContain('attempts     3: 2 won, 1 lost, 0 unknown, 0 busy, 0 failed')
  expect(stdout).toMatch(/^2 +1 +1 +50.0 % .* beta@h\/2$/m)
  expect(stdout).toContain('nothing is lost, nothing contradicts')
})

test('replay --json prints the figures of all and of each, as rows of their schema', async () => {
  const { stdout, exitCode } = await runHere(['replay', await traceFile(traceText(DUEL)), '--by', 'key', '--json'])
  expect(exitCode).toBe(0)
  const rows = checkedRows(stdout)
  expect(rows).toMatchObject([
    { by: 'all', name: null, attempts: 3, won: 2, lost: 1, lossRate: 0.3333, fromUs: 0, toUs: 70_000 },
    { by: 'key', name: '/k', attempts: 3 },
  ])
})

test('replay --events prints each event of a time and of a record, with who lost to whom', async () => {
  const file = await traceFile(traceText([...DUEL, read(45_000, 10, 1, { ...A, key: '/other' })]))
  const text = await runHere(['replay', file, '--events', '--from', '41ms', '--to', '50ms', '--key', '/k'])
  const lines = text.stdout.split('\n')
  expect(lines.filter((line) => line.includes(' cas '))).toHaveLength(1)
  expect(text.stdout).toContain('try 1 v4 to v5 lost to alpha@h/1 (v5), head v5')
  expect(text.stdout).not.toContain('/other')
  const json = await runHere(['replay', file, '--events', '--json'])
  expect(checkedRows(json.stdout)).toHaveLength(11)
})

test('replay does not say that nothing is lost where it has read nothing', async () => {
  const { stdout, stderr, exitCode } = await runHere(['replay', await traceFile('# notes\nof somebody\n')])
  expect(stdout).toContain('check        there are no events to check\n')
  expect(stderr.match(/^error: .*$/gm)).toEqual([expect.stringContaining('it is not JSON')])
  expect(exitCode).toBe(6)
})

test('replay exits 6 for a lost update and for damage, and 0 for a trace that was cut short', async () => {
  const broken = await runHere([
    'replay',
    await traceFile(traceText([...DUEL, won(12_000, 9000, 4, 'wX', B)])),
    '--json',
  ])
  expect(broken.exitCode).toBe(6)
  expect(checkedRows(broken.stdout)).toContainEqual(
    expect.objectContaining({ type: 'traceFinding', kind: 'lost-update', severity: 'error', version: 5 }),
  )
  const text = traceText(DUEL)
  const damaged = await runHere(['replay', await traceFile(text.replace('"ver":4', '"ver":3'))])
  expect([damaged.exitCode, damaged.stderr]).toEqual([
    6,
    expect.stringContaining('its bytes are not those that were recorded'),
  ])
  const cut = await runHere(['replay', await traceFile(text.slice(0, -200))])
  expect([cut.exitCode, cut.stderr]).toEqual([0, expect.stringContaining('it has no end')])
})

test('replay exits 6 for a lost update behind a thousand warnings, and counts what it does not print', async () => {
  const seen = Array.from({ length: 1005 }, (_, n) => read(n, 1, 9, { ...A, key: `/k${n}` }))
  const back = seen.map(({ key }, n) => read(2000 + n, 1, 8, { ...A, key }))
  const file = await traceFile(traceText([...seen, ...back, won(9000, 1, 4, 'wX', A), won(9100, 1, 4, 'wY', A)]))
  const { stdout, stderr, exitCode } = await runHere(['replay', file])
  expect(exitCode).toBe(6)
  expect(stdout).toMatch(/^error: lost-update at 0.009 s in \/k/m)
  expect(stderr).toContain('and 5 more: 1 errors and 1005 warnings in all')
})

test('replay reads the standard input', async () => {
  const { stdout, exitCode } = await runHere(['replay', '-', '--json'], { stdin: traceText(DUEL) })
  expect([exitCode, checkedRows(stdout)[0]]).toMatchObject([0, { attempts: 3 }])
})

test('replay refuses what it cannot do, and says what would be right', async () => {
  const file = await traceFile(traceText(DUEL))
  const runs = await Promise.all([
    runHere(['replay']),
    runHere(['replay', '-']),
    runHere(['replay', '/nowhere.jsonl']),
    runHere(['replay', file, '--from', 'soon']),
    runHere(['replay', file, '--key', '/nobody']),
    runHere(['replay', file, '--by', 'moon']),
    runHere(['replay', file, '--from', '2s', '--to', '1s']),
    runHere(['replay', file, '--from', 'v6', '--to', '10%', '--key', '/k']),
    runHere(['replay', file, '--from', '2s', '--to', '1s'], { isTTY: true }),
    runHere(['replay', file, '--speed', '2']),
    runHere(['replay', file, '--mode', 'plain']),
    runHere(['replay', file, '-o', 'x']),
    runHere(['replay', file, '--run', 'memory:', '--from', '1s']),
    runHere(['replay', '--run', 'memory:']),
  ])
  expect(runs.map(({ exitCode }) => exitCode)).toEqual([2, 2, 3, 2, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2])
  expect(runs.map(({ stderr }) => stderr.split('\n')[0])).toMatchObject([
    'error: Cannot replay: no trace is named',
    'error: Cannot replay "-": the standard input is a terminal',
    'error: Cannot read trace "/nowhere.jsonl": there is no such file',
    expect.stringContaining('Cannot go to "soon": expected 1.375s'),
    'error: Cannot replay "/nobody": no event of the trace is about it',
    expect.stringContaining("argument 'moon' is invalid"),
    'error: Cannot show from 2s to 1s: the end is before the start',
    'error: Cannot show from v6 to 10%: the end is before the start',
    'error: Cannot show from 2s to 1s: the end is before the start',
    'error: Cannot replay with --speed: it needs --run',
    'error: Cannot replay with --mode: it needs --run',
    'error: Cannot replay with --output: it needs --run',
    'error: Cannot replay with --from: all that was recorded is run again',
    'error: Cannot replay: no trace is named',
  ])
})

test('replay on a terminal opens the screen at the time and the record that are named', async () => {
  const frames = join(await temporaryDirectory(), 'frames')
  const file = await traceFile(traceText(DUEL))
  const part = ['--from', '41ms', '--to', '50ms', '--key', '/k']
  const { exitCode } = await runHere(['replay', file, ...part, '--keys', 'j', '--frames', frames], { isTTY: true })
  expect(exitCode).toBe(0)
  const names = (await readdir(frames)).toSorted()
  expect(await readFile(join(frames, names.at(-1) ?? ''), 'utf8')).toContain('at the cursor, 0.041000 s')
})

test('what a trace says cannot reach the terminal unescaped', async () => {
  const evil = '\u001b[2J\u202e'
  const file = await traceFile(traceText([won(0, 10, 4, 'w', { w: evil, key: `/${evil}`, op: evil, next: 9 })]))
  for (const args of [['--by', 'op'], ['--events'], ['--json', '--by', 'key'], ['--json', '--events']]) {
    const { stdout, stderr } = await runHere(['replay', file, ...args])
    expectHarmless((stdout + stderr).replaceAll('\n', ''))
  }
})

test('what a trace says is escaped in a chrome-trace too, and is still the same text to its reader', async () => {
  const evil = '\u009b31m\u007f\u202e\u200b'
  const file = await traceFile(traceText([won(0, 10, 4, 'w', { w: evil, key: `/${evil}` })]))
  const { stdout } = await runHere(['export', '--trace', file, '--format', 'chrome-trace'])
  expectHarmless(stdout)
  const { traceEvents } = JSON.parse(stdout) as { traceEvents: { args: { name?: string } }[] }
  expect(traceEvents.map(({ args }) => args.name)).toEqual(expect.arrayContaining([evil, `/${evil}`]))
})

test('export --format chrome-trace gives spans, names and arrows from winner to loser', async () => {
  const output = join(await temporaryDirectory(), 'trace.json')
  const file = await traceFile(traceText([...DUEL, { e: 'mark', t: 5, label: 'deploy' }]))
  const { exitCode } = await runHere(['export', '--trace', file, '--format', 'chrome-trace', '-o', output])
  expect(exitCode).toBe(0)
  const { traceEvents } = JSON.parse(await readFile(output, 'utf8')) as { traceEvents: Record<string, unknown>[] }
  const of = (ph: string) => traceEvents.filter((event) => event['ph'] === ph)
  expect(of('X').map(({ name, ts, dur }) => [name, ts, dur])).toEqual([
    ['read', 0, 5000],
    ['read', 0, 6000],
    ['cas won', 10_000, 20_000],
    ['cas lost', 12_000, 31_000],
    ['wait', 43_000, 17_000],
    ['cas won', 60_000, 10_000],
  ])
  expect(of('s')).toMatchObject([{ name: 'lost to', ts: 30_000 }])
  expect(of('f')).toMatchObject([{ name: 'lost to', ts: 43_000 }])
  expect(of('i')).toMatchObject([{ name: 'deploy', ts: 5 }])
  expect(of('M').map(({ args }) => args)).toContainEqual({ name: 'alpha@h/1' })
})
