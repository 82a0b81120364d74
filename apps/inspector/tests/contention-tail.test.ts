import { appendFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tailTrace, TraceActivity } from '@latchless/inspector'
import { expect, onTestFinished, test, vi } from 'vitest'
import { temporaryDirectory } from './fixture-store.ts'

const HEAD = '{"e":"head","format":"cas-trace","v":1,"unit":"us","wall0":"2026-11-21T14:00:00.000Z"}\n'

function commitLine(version: number): string {
  return `${JSON.stringify({ e: 'commit', t: version * 1000, key: '/k', ver: version, w: 'a@h/1' })}\n`
}

/** Follows a file until the test ends; tells the versions that were seen, and `head` for each start of a file. */
function follow(file: string, options: { follow?: boolean; lastBytes?: number } = {}) {
  const seen: (number | 'head')[] = []
  const counts = { damaged: 0 }
  const stopped = new AbortController()
  const ended = (async () => {
    for await (const { lines, damaged } of tailTrace(file, { signal: stopped.signal, ...options })) {
      counts.damaged += damaged
      for (const line of lines) {
        if (line.e === 'head') seen.push('head')
        if (line.e === 'commit') seen.push(line.ver)
      }
    }
  })()
  onTestFinished(async () => {
    stopped.abort()
    await ended
  })
  return { seen, counts, ended }
}

async function eventually(check: () => void): Promise<void> {
  await vi.waitFor(check, { timeout: 20_000 })
}

test('tailTrace() tells what is there and then what is appended', async () => {
  const file = join(await temporaryDirectory(), 'a.castrace.jsonl')
  await writeFile(file, HEAD + commitLine(1))
  const { seen } = follow(file)
  await eventually(() => expect(seen).toEqual(['head', 1]))
  await appendFile(file, commitLine(2) + commitLine(3))
  await eventually(() => expect(seen).toEqual(['head', 1, 2, 3]))
})

test('tailTrace() keeps a last line that is not whole until it is', async () => {
  const file = join(await temporaryDirectory(), 'a.castrace.jsonl')
  const line = commitLine(2)
  await writeFile(file, HEAD + commitLine(1) + line.slice(0, 20))
  const { seen, counts } = follow(file)
  await eventually(() => expect(seen).toEqual(['head', 1]))
  await appendFile(file, line.slice(20))
  await eventually(() => expect(seen).toEqual(['head', 1, 2]))
  expect(counts.damaged).toBe(0)
})

test('tailTrace() waits for a file that is not there yet', async () => {
  const file = join(await temporaryDirectory(), 'a.castrace.jsonl')
  const { seen } = follow(file)
  await writeFile(file, HEAD + commitLine(1))
  await eventually(() => expect(seen).toEqual(['head', 1]))
})

test('tailTrace() goes on with the file that takes the place of another', async () => {
  const directory = await temporaryDirectory()
  const file = join(directory, 'a.castrace.jsonl')
  await writeFile(file, HEAD + commitLine(1) + commitLine(2))
  const { seen } = follow(file)
  await eventually(() => expect(seen).toEqual(['head', 1, 2]))
  const next = join(directory, 'next')
  await writeFile(next, HEAD + commitLine(7) + commitLine(8) + commitLine(9))
  await rename(next, file)
  await eventually(() => expect(seen).toEqual(['head', 1, 2, 'head', 7, 8, 9]))
})

test('tailTrace() starts again when the file got shorter', async () => {
  const file = join(await temporaryDirectory(), 'a.castrace.jsonl')
  await writeFile(file, HEAD + commitLine(1) + commitLine(2) + commitLine(3))
  const { seen } = follow(file)
  await eventually(() => expect(seen).toEqual(['head', 1, 2, 3]))
  await writeFile(file, HEAD + commitLine(4))
  await eventually(() => expect(seen.slice(4)).toEqual(['head', 4]))
})

test('tailTrace() counts lines that are none of a trace and goes on behind them', async () => {
  const file = join(await temporaryDirectory(), 'a.castrace.jsonl')
  await writeFile(file, `${HEAD}not json\n[]\n{"e":"cas"}\n${commitLine(1)}{"e":"of the future"}\n${commitLine(2)}`)
  const { seen, counts, ended } = follow(file, { follow: false })
  await ended
  expect(seen).toEqual(['head', 1, 2])
  expect(counts.damaged).toBe(3)
})

test('tailTrace() gives up on a line without an end', async () => {
  const file = join(await temporaryDirectory(), 'a.castrace.jsonl')
  await writeFile(file, `${HEAD}${'x'.repeat(9 * 1024 * 1024)}\n${commitLine(1)}`)
  const { seen, counts, ended } = follow(file, { follow: false })
  await ended
  expect(seen).toEqual(['head', 1])
  expect(counts.damaged).toBe(1)
})

test('tailTrace() of the last bytes tells the head and whole lines of the end', async () => {
  const file = join(await temporaryDirectory(), 'a.castrace.jsonl')
  const lines = Array.from({ length: 20_000 }, (_, at) => commitLine(at + 1))
  await writeFile(file, HEAD + lines.join(''))
  const { seen, counts, ended } = follow(file, { follow: false, lastBytes: 500 })
  await ended
  expect(seen[0]).toBe('head')
  const versions = seen.filter((each) => each !== 'head')
  const last = versions.slice(-5)
  expect(last).toEqual([19_996, 19_997, 19_998, 19_999, 20_000])
  expect(versions.length).toBeLessThan(10_000)
  expect(counts.damaged).toBe(0)
})

test('TraceActivity gives waits and ends the record of their update', () => {
  const activities = new TraceActivity()
  const who = { op: 'o1', w: 'a@h/1' }
  const startMs = Date.UTC(2026, 10, 21, 14)
  activities.of({ e: 'head', wallUs: startMs * 1000, pid: 1, title: undefined })
  activities.of({ e: 'op', t: 0, ...who, key: '/k' })
  expect(activities.of({ e: 'wait', t: 1000, d: 2000, ...who, a: 1, why: 'conflict', lo: 0, hi: 1, plan: 1 })).toEqual({
    type: 'wait',
    atMs: startMs + 3,
    ms: 2,
    key: '/k',
    writer: 'a@h/1',
    isAfterLoss: true,
  })
  expect(activities.of({ e: 'done', t: 0, d: 5000, ...who, a: 2, out: 'ok' })).toMatchObject({
    type: 'update',
    key: '/k',
    end: 'ok',
    attempts: 2,
    ms: 5,
  })
})
