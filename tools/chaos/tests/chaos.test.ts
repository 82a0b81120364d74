import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Backend } from '@latchless/chaos'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { leftovers, run } from './runs.ts'

const anywhere = ['apply-later', 'busy', 'clock-jump', 'delay', 'error-after', 'kill', 'lost-request', 'stop']
const connections = ['cut-after', 'cut-before', 'delayed-answer', 'dropped-connections']
const outages = ['refused-connections', 'stalled-connections']

let directory: string

// A temporary directory of its own shows what runs leave behind.
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'latchless-test-'))
  // The user of a PostgreSQL server has to pass through.
  await chmod(directory, 0o711)
  vi.stubEnv('TMPDIR', directory)
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(directory, { recursive: true, force: true })
})

test.each<[Backend, number, 'combine' | 'plain', readonly string[]]>([
  ['memory', 3, 'combine', anywhere],
  ['local', 5, 'combine', anywhere],
  ['sqlite', 5, 'plain', anywhere],
  ['postgres', 5, 'combine', [...anywhere, ...connections, ...outages]],
])('A run on %s for %d s meets every kind of fault and breaks no promise', async (backend, seconds, mode, kinds) => {
  const { violations, faults, operations, unknown, unknownUnresolved, skipped } = await run({ backend, seconds, mode })
  expect(violations).toEqual([])
  const done = Object.keys(faults).filter((kind) => (faults[kind] ?? 0) > 0)
  expect(done).toEqual(expect.arrayContaining([...kinds]))
  // What cannot be done here is said, and what is not said was done.
  const diskFull = done.includes('disk-full') || skipped.some(({ what }) => what === 'disk-full')
  expect(diskFull).toBe(true)
  expect(operations).toBeGreaterThan(300)
  expect(unknown).toBeGreaterThan(0)
  expect(unknownUnresolved).toBe(0)
  expect(await leftovers()).toEqual([])
})
