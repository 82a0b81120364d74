import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { casUpdate, MemoryFilesystem } from '@latchless/filesystem'
import { expect, test } from 'vitest'
import { Counter, increment } from './support/counter.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const MIB = 1024 * 1024

test('A path that is updated without a pause does not remember its attempts', async () => {
  const memory = await MemoryFilesystem.open()
  const updateMany = async (times: number) => {
    const writer = async () => {
      for (let n = 0; n < times; n++) await casUpdate(memory, '/counters/c1', Counter, increment)
    }
    await Promise.all(Array.from({ length: 4 }, writer))
  }
  const heapAfter = async (times: number) => {
    await updateMany(times)
    collectGarbage()
    return process.memoryUsage().heapUsed
  }
  // The queue never runs empty, so what every attempt left behind would pile up until the last one.
  const enough = new AbortController()
  const endless = async () => {
    while (!enough.signal.aborted) await casUpdate(memory, '/counters/c1', Counter, increment)
  }
  const company = Array.from({ length: 4 }, endless)
  const before = await heapAfter(2_000)
  const after = await heapAfter(20_000)
  enough.abort()
  await Promise.all(company)
  expect((after - before) / MIB).toBeLessThan(3)
})
