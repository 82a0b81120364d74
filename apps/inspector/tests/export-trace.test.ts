import { readdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { checkedRows, runHere } from './fake-io.ts'
import { temporaryDirectory } from './fixture-store.ts'
import { expectHarmless } from './harmless.ts'
import { duelLines, HEAD, MS, read, traceFile, traceText, won } from './trace-lines.ts'

const A = { w: 'alpha@h/1', op: 'opA' }
const B = { w: 'beta@h/2', op: 'opB' }
const PART = ['--from', '41ms', '--to', '65ms'] as const

let file: string
let out: string

beforeEach(async () => {
  file = await traceFile(traceText([...duelLines(A, B), read(62 * MS, MS, 1, { ...A, key: '/other' })]))
  out = join(await temporaryDirectory(), 'part.castrace.jsonl')
})

async function exportPart(...args: readonly string[]) {
  return await runHere(['export', '--trace', file, '--format', 'trace', '-o', out, ...args])
}

test('export --format trace writes a window whose figures and events are those that replay tells of it', async () => {
  expect(await exportPart(...PART, '--key', '/k')).toEqual({ exitCode: 0, stdout: '', stderr: '' })
  const figures = async (...args: string[]) => {
    const { stdout, stderr, exitCode } = await runHere(['replay', ...args, '--stats', '--json'])
    expect([stderr, exitCode]).toEqual(['', 0])
    return checkedRows(stdout).map(({ fromUs: _from, toUs: _to, ...row }) => row)
  }
  for (const by of ['writer', 'key', 'op']) {
    expect(await figures(out, '--by', by)).toEqual(await figures(file, ...PART, '--key', '/k', '--by', by))
  }
  const { stdout } = await runHere(['doctor', '--store', 'memory:', '--trace', out, '--only', 'trace.*'])
  expect(stdout).toMatch(/^ok {4}trace\.format .* events\nok {4}trace\.consistent /)
})

test('export --format trace writes to stdout where no file is named, and replay reads it from there', async () => {
  const { stdout, exitCode } = await runHere(['export', '--trace', file, '--format', 'trace', ...PART])
  expect(exitCode).toBe(0)
  const [head = '', ...lines] = stdout.trimEnd().split('\n')
  expect(JSON.parse(head)).toMatchObject({ e: 'head', wall0: '2026-11-21T14:00:00.041000Z', pid: 7, v: 1 })
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ e: 'end', n: lines.length - 1, t: 24 * MS })
  const replayed = await runHere(['replay', '-'], { stdin: stdout })
  expect([replayed.exitCode, replayed.stderr]).toEqual([0, ''])
  expect(replayed.stdout).toContain('attempts     1: 0 won, 1 lost')
})

test('contention counts of a part what ended in it, and not what is told of the time before', async () => {
  await exportPart('--from', '45ms', '--to', '75ms', '--key', '/k')
  expect(await readFile(out, 'utf8')).toContain('"out":"lost"')
  const { stdout } = await runHere(['contention', '--trace', out, '--json'])
  expect(checkedRows(stdout)).toMatchObject([{ attempts: 1, won: 1, lost: 0, keys: [{ key: '/k' }] }])
})

test('export of a trace that shows a lost update writes one that shows it too, and damage is told', async () => {
  file = await traceFile(traceText([won(20, 30, 4, 'wA', A), won(25, 40, 4, 'wB', B)]))
  expect(await exportPart()).toMatchObject({ exitCode: 0 })
  const { stdout, exitCode } = await runHere(['replay', out])
  expect([exitCode, stdout]).toEqual([6, expect.stringContaining('error: lost-update')])
  file = await traceFile(traceText(duelLines(A, B)).replace('"ver":4', '"ver":3'))
  const damaged = await exportPart()
  expect([damaged.exitCode, damaged.stderr]).toEqual([
    6,
    expect.stringContaining('its bytes are not those that were recorded'),
  ])
})

test('export --format chrome-trace keeps to a window as well', async () => {
  const spans = async (...args: string[]) => {
    const { stdout } = await runHere(['export', '--trace', file, '--format', 'chrome-trace', ...args])
    const { traceEvents } = JSON.parse(stdout) as { traceEvents: { ph: string; name: string }[] }
    return traceEvents.filter(({ ph }) => ph === 'X').map(({ name }) => name)
  }
  expect(await spans()).toEqual(['read', 'read', 'cas won', 'cas lost', 'wait', 'cas won', 'read'])
  expect(await spans(...PART)).toEqual(['cas lost', 'wait', 'cas won', 'read'])
  expect(await spans(...PART, '--key', '/other')).toEqual(['read'])
})

test('export --format chrome-trace draws arrows only from spans that it holds', async () => {
  const arrows = async (...args: string[]) => {
    const { stdout } = await runHere(['export', '--trace', file, '--format', 'chrome-trace', ...args])
    const { traceEvents } = JSON.parse(stdout) as { traceEvents: { ph: string }[] }
    return traceEvents.flatMap(({ ph }) => (ph === 's' || ph === 'f' ? [ph] : []))
  }
  expect(await arrows()).toEqual(['s', 'f'])
  // It lost at 43 ms, to a write that ended at 30 ms.
  expect(await arrows('--from', '41ms')).toEqual([])
})

test('export of a trace does not write a part of it over the whole', async () => {
  const before = await readFile(file, 'utf8')
  const link = join(out, '..', 'link.jsonl')
  await symlink(file, link)
  for (const format of ['trace', 'chrome-trace']) {
    for (const output of [file, link]) {
      const { exitCode, stderr } = await runHere(['export', '--trace', file, '--format', format, '-o', output, ...PART])
      expect([exitCode, stderr]).toEqual([7, expect.stringMatching(/^error: Cannot write .*: it is the trace itself/)])
    }
  }
  expect(await readFile(file, 'utf8')).toBe(before)
})

test('export of a trace refuses what it cannot do, and leaves no file', async () => {
  const runs = await Promise.all([
    exportPart('--from', '2s', '--to', '1s'),
    exportPart('--from', 'soon'),
    exportPart('--key', '/nobody'),
    runHere(['export', '--trace', '-', '--format', 'trace', '-o', out]),
    runHere(['export', '--trace', '/nowhere.jsonl', '--format', 'trace', '-o', out]),
    runHere(['export', '--format', 'trace', '--store', 'memory:']),
    runHere(['export', '--from', '1s', '--store', 'memory:']),
  ])
  expect(runs.map(({ exitCode, stderr }) => [exitCode, stderr.split('\n')[0]])).toEqual([
    [2, 'error: Cannot show from 2s to 1s: the end is before the start'],
    [2, expect.stringContaining('Cannot go to "soon": expected 1.375s')],
    [3, 'error: Cannot export "/nobody": no event of the trace is about it'],
    [2, 'error: Cannot export "-": the standard input is a terminal'],
    [3, 'error: Cannot read trace "/nowhere.jsonl": there is no such file'],
    [2, 'error: Cannot export: trace is a format of traces, which --trace names'],
    [2, 'error: Cannot export: --from is for traces, which --trace names'],
  ])
  expect(await readdir(join(out, '..'))).toEqual([])
})

test('export escapes what a trace has in its names', async () => {
  const evil = '\u001b]52;c;aGk=\u0007\u202e'
  file = await traceFile(traceText([won(0, 10, 4, evil, { ...A, w: evil, key: `/${evil}` })], { ...HEAD, title: evil }))
  expect(await exportPart()).toMatchObject({ exitCode: 0 })
  const text = await readFile(out, 'utf8')
  expectHarmless(text)
  const { stdout } = await runHere(['replay', out, '--events', '--json'])
  expect(checkedRows(stdout)[0]).toMatchObject({ writer: evil, key: `/${evil}` })
})
