import { join } from 'node:path'
import { casUpdate, MemoryFilesystem, recordTrace, write } from '@latchless/filesystem'
import { expect, test } from 'vitest'
import { checkedRows, runHere } from './fake-io.ts'
import { fixtureStore, temporaryDirectory } from './fixture-store.ts'
import { done, op, traceFile, traceText, won } from './trace-lines.ts'
import { counterCodec, recordStorm, writeFight } from './storm.ts'

test('contention --trace tells of a recorded storm what happened in it', async () => {
  const file = join(await temporaryDirectory(), 'storm.castrace.jsonl')
  await recordStorm(file, { processes: 4, writers: 4, updatesEach: 5 })
  const { exitCode, stdout } = await runHere(['contention', '--trace', file, '--json'])
  expect(exitCode).toBe(0)
  const [row] = checkedRows(stdout)
  expect(row).toMatchObject({ type: 'contention', traced: true, updates: 80, commits: 0, missing: 0, damagedLines: 0 })
  expect(row?.['keys']).toMatchObject([{ key: '/hot', writers: 4 }])
  expect(row?.['writers']).toHaveLength(4)
})

test('contention tells people the same in words, with what to do about it', async () => {
  const file = join(await temporaryDirectory(), 'storm.castrace.jsonl')
  await writeFight(file, 40)
  const { stdout } = await runHere(['contention', '--trace', file])
  expect(stdout).toMatch(/^80 attempts in the last \d s: 40 won, 40 lost \(50\.0%\), 0 unknown/)
  expect(stdout).toMatch(/^advice: \/hot: 4 writers in 4 processes, 50% of attempts lost, no updates folded/m)
})

test('contention of a directory follows every trace in it', async () => {
  const directory = await temporaryDirectory()
  const store = await MemoryFilesystem.open()
  for (const name of ['a', 'b']) {
    await using _recorder = await recordTrace(join(directory, `${name}.castrace.jsonl`))
    await casUpdate(store, `/${name}`, counterCodec, () => write({ count: 1 }))
  }
  const { stdout } = await runHere(['contention', '--trace', directory, '--json'])
  const [row] = checkedRows(stdout)
  expect(row).toMatchObject({ keys: [{ key: '/a' }, { key: '/b' }] })
})

test('contention of a store says that losses are unknown to it, and how to see them', async () => {
  const { url } = await fixtureStore()
  const { exitCode, stdout } = await runHere(['--store', url, 'contention', '--for', '50ms'])
  expect(exitCode).toBe(0)
  expect(stdout).toContain('recordTrace')
  expect(stdout).toContain('--trace')
})

test('contention of a prefix leaves the rest of a trace out', async () => {
  const file = join(await temporaryDirectory(), 'storm.castrace.jsonl')
  await recordStorm(file, { processes: 1, writers: 1, updatesEach: 2 })
  const { stdout } = await runHere(['contention', '/elsewhere', '--trace', file, '--json'])
  expect(checkedRows(stdout)).toMatchObject([{ prefix: '/elsewhere', keyCount: 0, traced: false }])
})

test('contention of a file that is not there says so', async () => {
  const { exitCode, stderr } = await runHere(['contention', '--trace', '/nowhere/a.castrace.jsonl'])
  expect(exitCode).toBe(3)
  expect(stderr).toContain('Cannot follow "/nowhere/a.castrace.jsonl": it is not there')
})

test('contention counts the lines of a trace that lost its head as damaged, and exits 6', async () => {
  const lines = traceText([won(0, 10, 1, 'w1'), done(0, 12)]).split('\n')
  const file = await traceFile(lines.slice(1).join('\n'))
  const { exitCode, stdout } = await runHere(['contention', '--trace', file, '--json'])
  expect(exitCode).toBe(6)
  expect(checkedRows(stdout)).toMatchObject([{ damagedLines: 3, traced: false }])
  expect((await runHere(['contention', '--trace', file])).stdout).toContain('3 lines are none of a trace')
})

test('contention and replay find the writers of a trace with folded writes equally fair', async () => {
  const [alpha, beta] = ['alpha@h/1', 'beta@h/1']
  const file = await traceFile(
    traceText([
      op(0, { op: 'a1', w: alpha }),
      op(0, { op: 'b1', w: beta }),
      won(1, 10, 1, 'w1', { op: 'a1', w: alpha, ops: ['a1', 'b1'] }),
      done(1, 12, { op: 'a1', w: alpha }),
      done(1, 12, { op: 'b1', w: beta }),
      won(20, 10, 2, 'w2', { op: 'a2', w: alpha }),
    ]),
  )
  const fairness = async (...args: string[]) =>
    checkedRows((await runHere([...args, '--json'])).stdout)[0]?.['fairness']
  expect(await fairness('contention', '--trace', file)).toBeCloseTo(0.9)
  expect(await fairness('replay', file)).toBe(0.9)
})
