import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { casUpdate, MemoryFilesystem, recordTrace, traceChannel } from '@latchless/filesystem'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Counter, increment } from './support/counter.ts'
import { plainUpdate } from './support/update-modes.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'latchless-trace-'))
})

afterEach(async () => {
  await rm(directory, { recursive: true })
})

async function linesOf(file: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(file, 'utf8')
  expect(text.endsWith('\n')).toBe(true)
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

test('recordTrace() writes a head, every attempt with who lost to whom, and a footer with a checksum', async () => {
  const file = join(directory, 'run.castrace.jsonl')
  const memory = await MemoryFilesystem.open()
  const recorder = await recordTrace(file, { title: 'two writers' })
  const rival = { service: 'rival', host: 'h', pid: 7 }
  let disturbed = false
  await plainUpdate(memory, '/c', Counter, async (current) => {
    if (!disturbed) {
      disturbed = true
      await plainUpdate(memory, '/c', Counter, increment, { writer: rival })
    }
    return increment(current)
  })
  await recorder.close()
  const lines = await linesOf(file)
  expect(lines[0]).toMatchObject({
    e: 'head',
    format: 'cas-trace',
    v: 1,
    unit: 'us',
    clock: 'monotonic',
    title: 'two writers',
  })
  const cas = lines.filter((line) => line['e'] === 'cas')
  expect(cas.map((line) => [line['out'], line['base'], line['next']])).toEqual([
    ['won', 0, 1],
    ['lost', 0, 1],
    ['won', 1, 2],
  ])
  expect(cas[1]).toMatchObject({ key: '/c', cur: 1, by: 'rival@h/7', byWrite: cas[0]?.['write'], a: 1 })
  expect(cas[2]).toMatchObject({ a: 2, op: cas[1]?.['op'] })
  expect(lines.filter((line) => line['e'] === 'wait')).toMatchObject([{ why: 'conflict', lo: 2000, hi: 4000, a: 1 }])
  expect(lines.filter((line) => line['e'] === 'done').map((line) => line['out'])).toEqual(['ok', 'ok'])
  const ends = lines.filter((line) => 'd' in line).map((line) => Number(line['t']) + Number(line['d']))
  expect(ends).toEqual(ends.toSorted((a, b) => a - b))
  const text = await readFile(file, 'utf8')
  const body = text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1)
  expect(lines.at(-1)).toMatchObject({
    e: 'end',
    n: lines.length - 2,
    sha256: createHash('sha256').update(body).digest('hex'),
  })
})

test('recordTrace() never records what is in a record', async () => {
  const file = join(directory, 'run.castrace.jsonl')
  const memory = await MemoryFilesystem.open()
  {
    await using _recorder = await recordTrace(file)
    await plainUpdate(
      memory,
      '/c',
      Counter,
      () => ({ type: 'write', next: { value: 918273645 }, outcome: 'shown-to-nobody' }) as const,
    )
  }
  const text = await readFile(file, 'utf8')
  expect(text).not.toContain('918273645')
  expect(text).not.toContain('shown-to-nobody')
})

test('recordTrace() stops with close(), which may be called twice', async () => {
  const recorder = await recordTrace(join(directory, 'a.jsonl'))
  expect(traceChannel.hasSubscribers).toBe(true)
  await Promise.all([recorder.close(), recorder.close()])
  expect(traceChannel.hasSubscribers).toBe(false)
})

test('recordTrace() refuses to overwrite a file', async () => {
  const file = join(directory, 'a.jsonl')
  await (await recordTrace(file)).close()
  await expect(recordTrace(file)).rejects.toMatchObject({ code: 'unavailable', cause: { code: 'EEXIST' } })
})

test('recordTrace() tells of a folded write once, with all the updates that are in it', async () => {
  const file = join(directory, 'run.castrace.jsonl')
  const memory = await MemoryFilesystem.open()
  const recorder = await recordTrace(file)
  const call = (opId: string) => casUpdate(memory, '/c', Counter, increment, { combine: true, opId })
  await Promise.all([call('a'), call('b'), call('c')])
  await recorder.close()
  const lines = await linesOf(file)
  expect(lines.filter((line) => line['e'] === 'cas')).toMatchObject([
    { out: 'won', next: 1, op: 'a', ops: ['a', 'b', 'c'] },
  ])
  const done = lines.filter((line) => line['e'] === 'done')
  expect(done.map((line) => [line['op'], line['out'], line['a']])).toEqual(['a', 'b', 'c'].map((op) => [op, 'ok', 1]))
})
