import { readdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BrokenRun } from '@latchless/chaos'
import { expect, test } from 'vitest'
import { run } from './runs.ts'

test('A run that breaks keeps its histories and says how to run it again', async () => {
  const cause = new Error('it broke')
  const onProgress = (text: string) => {
    if (text.startsWith('checking')) throw cause
  }
  const failure: unknown = await run({ backend: 'memory', seconds: 1, onProgress }).catch((error: unknown) => error)
  if (!(failure instanceof BrokenRun)) throw failure
  const { histories = '', reproduce } = failure
  expect(failure.cause).toBe(cause)
  expect(reproduce).toBe('npx -y pnpm@12 chaos --backend memory --seconds 1 --seed 1 --mode combine')
  expect(await readdir(histories)).not.toEqual([])
  await rm(dirname(histories), { recursive: true })
})
