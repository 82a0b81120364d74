import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { eventRow, readTrace, Trace, TraceReader } from '@latchless/inspector'
import { expect, test } from 'vitest'
import { temporaryDirectory } from './fixture-store.ts'
import { done, HEAD, type Line, lost, op, read, traceFile, traceOf, traceText, wait, won } from './trace-lines.ts'

const SMALL = [op(100), read(110, 20, 0), won(140, 60, 0, 'w1'), done(100, 110)]

test('readTrace() gives every event with its fields', async () => {
  const head = { cur: 1, by: 'b@h/8', byWrite: 'w9' }
  const trace = await traceOf([...SMALL.slice(0, 2), lost(140, 60, 0, 'w1', head), wait(200, 50), done(100, 150)])
  expect(trace.problems).toEqual([])
  const rows = Array.from(trace.byStart, (event) => eventRow(trace, event))
  expect(rows.map(({ event, startUs, durationUs }) => [event, startUs, durationUs])).toEqual([
    ['op', 100, 0],
    ['done', 100, 150],
    ['read', 110, 20],
    ['cas', 140, 60],
    ['wait', 200, 50],
  ])
  expect(rows[3]).toMatchObject({ writer: 'api@h/7', key: '/k', base: 0, next: 1, outcome: 'lost', current: 1 })
  expect(rows[3]).toMatchObject({ by: 'b@h/8', byWrite: 'w9', write: 'w1', attempt: 1, folded: 1 })
  expect(rows[4]).toMatchObject({ why: 'conflict', lowUs: 0, highUs: 100, planUs: 50, key: '/k' })
})

test('readTrace() lays several files on the wall clock and orders them by it', async () => {
  const later = { ...HEAD, wall0: '2026-11-21T14:00:00.001500Z', pid: 8 }
  const one = await traceFile(traceText([read(0, 10, 1), read(2000, 10, 2)]))
  const other = await traceFile(traceText([read(0, 10, 3)], later), 'b.castrace.jsonl')
  const trace = await readTrace([other, one])
  expect(
    Array.from(trace.byStart, (event) => eventRow(trace, event)).map(({ startUs, version }) => [startUs, version]),
  ).toEqual([
    [0, 1],
    [1500, 3],
    [2000, 2],
  ])
})

test('readTrace() reads a directory, a packed file and the standard input', async () => {
  const directory = await temporaryDirectory()
  await writeFile(join(directory, '1.castrace.jsonl'), traceText(SMALL))
  await writeFile(join(directory, '2.castrace.jsonl.gz'), gzipSync(traceText(SMALL)))
  await writeFile(join(directory, 'notes.txt'), 'not a trace')
  async function* stdin() {
    // In pieces that end in the middle of lines.
    for (const piece of traceText(SMALL).match(/[^]{1,37}/g) ?? []) yield Buffer.from(piece)
  }
  const trace = await readTrace([directory, '-'], { stdin: stdin() })
  expect(trace.sources.map(({ file }) => file.slice(-5))).toEqual(['jsonl', 'nl.gz', '-'])
  expect([trace.count, trace.problems]).toEqual([12, []])
  await expect(readTrace([await mkdtemp(join(directory, 'empty-'))])).rejects.toMatchObject({ code: 'not-found' })
  await expect(readTrace([join(directory, 'nothing')])).rejects.toThrow('there is no such file')
})

test('readTrace() tells of a file that was cut short, and reads what is there', async () => {
  const text = traceText(SMALL)
  const cut = await readTrace([await traceFile(text.slice(0, text.indexOf('"done"')))])
  expect(cut.count).toBe(3)
  expect(cut.problems).toMatchObject([
    { kind: 'truncated', message: expect.stringContaining('in the middle of a line') },
  ])
  expect(cut.isDamaged).toBe(false)
  const packed = await readTrace([await traceFile(gzipSync(text).subarray(0, -20), 'a.castrace.jsonl.gz')])
  expect(packed.problems).toMatchObject([{ kind: 'truncated' }])
})

test.each<[string, (text: string) => string | Uint8Array, object]>([
  ['a changed byte', (text) => text.replace('"ver":0', '"ver":1'), { kind: 'checksum' }],
  ['a line that is gone', (text) => text.replace(/.*"read".*\n/, ''), { kind: 'checksum' }],
  ['a line that is no JSON', (text) => text.replace(/.*"read".*/, 'read 0'), { kind: 'bad-line', line: 3 }],
  ['no head', (text) => text.slice(text.indexOf('\n') + 1), { kind: 'no-head', line: 1 }],
  ['another format', (text) => text.replace('cas-trace', 'har'), { kind: 'no-head', line: 1 }],
  ['lines behind the end', (text) => `${text}${text}`, { kind: 'bad-line', line: 7 }],
  ['a negative duration', (text) => text.replace('"d":20', '"d":-20'), { kind: 'bad-line', line: 3 }],
  ['a number beyond all numbers', (text) => text.replace('"ver":0', '"ver":1e999'), { kind: 'bad-line', line: 3 }],
  ['an outcome that is none', (text) => text.replace('"won"', '"maybe"'), { kind: 'bad-line', line: 4 }],
])('readTrace() finds %s', async (_name, damage, problem) => {
  const trace = await readTrace([await traceFile(damage(traceText(SMALL)))])
  expect(trace.problems).toContainEqual(expect.objectContaining(problem))
  expect(trace.isDamaged).toBe(true)
})

test.each([
  ['lines that are none of a trace', `${JSON.stringify(HEAD)}\n`, '\n', 'unreadable', 10_001],
  ['a line without an end', `${JSON.stringify(HEAD)}\n`, 'x', 'unreadable', 1],
  ['lines without a head', '', 'x\n', 'no-head', 1],
])('readTrace() does not read on where there are only %s', async (_name, first, piece, kind, problems) => {
  let chunks = 0
  async function* stdin() {
    yield Buffer.from(first)
    for (; chunks < 20; chunks++) yield Buffer.alloc(1024 * 1024, piece)
  }
  const trace = await readTrace(['-'], { stdin: stdin() })
  expect(trace.problems).toContainEqual(expect.objectContaining({ kind }))
  expect(trace.problemCount).toBe(problems)
  expect(chunks).toBeLessThan(5)
})

test('readTrace() misses the head of a file that has nothing but an end', async () => {
  const trace = await readTrace([await traceFile('{"e":"end","n":0}\n')])
  expect(trace.problems).toMatchObject([{ kind: 'no-head', line: 1 }])
})

test('readTrace() finds a packed file that cannot be unpacked', async () => {
  const trace = await readTrace([await traceFile('this is not packed', 'a.castrace.jsonl.gz')])
  expect(trace.problems).toContainEqual(expect.objectContaining({ kind: 'unreadable' }))
})

test('readTrace() ignores events and fields that it does not know', async () => {
  const lines: Line[] = [
    { ...SMALL[1], colour: 'red' },
    { e: 'weather', t: 5, rain: true },
    { e: 'gap', t: 6, n: 312 },
  ]
  const trace = await traceOf(lines)
  expect([trace.count, trace.problems, trace.gaps.map(({ events }) => events)]).toEqual([1, [], [312]])
})

test('readTrace() keeps a hundred problems of each kind and counts the rest', async () => {
  const bad = Array.from({ length: 250 }, () => '}\n').join('')
  const trace = await readTrace([await traceFile(`${JSON.stringify(HEAD)}\n${bad}`)])
  expect([trace.problems.length, trace.problemCount]).toEqual([101, 251])
})

test('a damaged file is not hidden by many that were only cut short', async () => {
  const trace = new Trace()
  for (let n = 0; n < 150; n++) new TraceReader(trace, `cut-${n}`).end()
  expect(trace.isDamaged).toBe(false)
  new TraceReader(trace, 'damaged').write(Buffer.from('}\n'))
  expect([trace.isDamaged, trace.problems[0]?.file, trace.problemCount]).toEqual([true, 'damaged', 151])
})

test.each([
  ['names', (n: number) => read(n, 1, 4, { op: `op${n}` })],
  ['marks', (n: number) => ({ e: 'mark', t: n, label: 'deploy' })],
  ['gaps', (n: number) => ({ e: 'gap', t: n, n: 1 })],
  ['folded updates', (n: number) => won(n, 1, 4, 'w', { ops: Array.from({ length: 100 }, () => 'op1') })],
])('a trace takes only so many %s', (_what, lineOf) => {
  const reader = new TraceReader(new Trace({ events: 1000, bytes: 4000 }), 'a file')
  const write = (line: Line) => reader.write(Buffer.from(`${JSON.stringify(line)}\n`))
  write(HEAD)
  expect(() => {
    for (let n = 0; n < 900; n++) write(lineOf(n))
  }).toThrow(/^Cannot read trace "a file": it has more than 4000 bytes of names, marks, gaps and folded updates$/)
})

test('readTrace() can read a part of the time: all that touches it', async () => {
  const file = await traceFile(traceText(SMALL))
  const eventsOf = async (fromUs: number, toUs: number) => {
    const trace = await readTrace([file], { fromUs, toUs })
    expect(trace.problems).toEqual([])
    return Array.from(trace.byStart, (event) => eventRow(trace, event).event)
  }
  expect(await eventsOf(131, 150)).toEqual(['done', 'cas'])
  expect(await eventsOf(0, 110)).toEqual(['op', 'done', 'read'])
  expect(await eventsOf(211, 300)).toEqual([])
})
