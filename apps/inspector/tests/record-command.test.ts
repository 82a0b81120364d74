import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test, vi } from 'vitest'
import { checkedRows } from './fake-io.ts'
import { fixtureStore, temporaryDirectory } from './fixture-store.ts'
import { COMMAND, inspector, rowsOf } from './inspector-process.ts'

const [node = '', ...entry] = COMMAND

/** Records while records are written, until `enough` of them are in the file. */
async function recordWhileWriting(args: readonly string[], enough: number) {
  const store = await fixtureStore()
  const file = join(await temporaryDirectory(), 'a.castrace.jsonl')
  const recorder = execa(node, [...entry, '--store', store.url, 'record', '-o', file, ...args], {
    reject: false,
    stdin: 'ignore',
  })
  await vi.waitFor(
    async () => {
      // The watch begins some time after the head is written, so writing goes on until it is seen.
      await store.put('/orders/1', `{"n":${Math.random()}}`)
      expect(commitsIn(await readFile(file, 'utf8'))).toBeGreaterThanOrEqual(enough)
    },
    { timeout: 30_000, interval: 100 },
  )
  return { recorder, file }
}

function commitsIn(text: string): number {
  return text.split('\n').filter((line) => line.includes('"e":"commit"')).length
}

test('record ends with ctrl-c, and the file has its end', async () => {
  const { recorder, file } = await recordWhileWriting([], 2)
  recorder.kill('SIGINT')
  const { exitCode, stdout } = await recorder
  expect(exitCode).toBe(130)
  expect(stdout).toMatch(/^recorded \d+ commits in /)
  const rows = rowsOf(await readFile(file, 'utf8')) as Record<string, unknown>[]
  expect(rows.at(-1)).toMatchObject({ e: 'end', n: rows.length - 2 })
})

test('record that is killed leaves a trace that is valid up to its last line', async () => {
  const { recorder, file } = await recordWhileWriting([], 2)
  recorder.kill('SIGKILL')
  await recorder
  const text = await readFile(file, 'utf8')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  expect((rowsOf(whole) as { e: string }[]).map(({ e }) => e)).toEqual([
    'head',
    ...Array(commitsIn(whole)).fill('commit'),
  ])
  const stats = await inspector(['replay', file, '--events', '--json'])
  expect(stats.exitCode).toBe(0)
})

test('record --max ends when there are enough', async () => {
  const { recorder, file } = await recordWhileWriting(['--max', '2', '--json'], 2)
  const { exitCode, stdout } = await recorder
  expect(exitCode).toBe(0)
  expect(checkedRows(stdout)).toEqual([
    { type: 'recording', v: 1, file, prefix: '/', commits: 2, missing: expect.any(Number) },
  ])
})

test('record --for ends by itself', async () => {
  const store = await fixtureStore()
  const file = join(await temporaryDirectory(), 'a.castrace.jsonl')
  const { exitCode, stdout } = await inspector(['--store', store.url, 'record', '/orders', '-o', file, '--for', '50ms'])
  expect(exitCode).toBe(0)
  expect(stdout).toBe(`recorded 0 commits in ${file}\n`)
  expect((rowsOf(await readFile(file, 'utf8')) as { e: string }[]).map(({ e }) => e)).toEqual(['head', 'end'])
})

test('record needs a file, and refuses one that exists', async () => {
  const store = await fixtureStore()
  expect((await inspector(['--store', store.url, 'record'])).exitCode).toBe(2)
  const file = join(await temporaryDirectory(), 'a.castrace.jsonl')
  const args = ['--store', store.url, 'record', '-o', file, '--for', '10ms']
  expect((await inspector(args)).exitCode).toBe(0)
  const again = await inspector(args)
  expect(again.exitCode).toBe(7)
  expect(again.stderr).toContain('it exists, expected a new file')
})
