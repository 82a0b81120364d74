import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Backend } from '@latchless/chaos'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { leftovers, run } from './runs.ts'

const anywhere = ['apply-later', 'busy', 'clock-jump', 'delay', 'error-after', 'kill', 'lost-request', 'stop']
const onDisk = [...anywhere, 'disk-full']
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
  ['local', 5, 'combine', onDisk],
  ['sqlite', 5, 'plain', onDisk],
  ['postgres', 5, 'combine', [...anywhere, ...connections, ...outages]],
])('Runs on %s for %d s meet every kind of fault and break no promise', async (backend, seconds, mode, kinds) => {
  const done = new Set<string>()
  // What a slow machine does not get to with one seed, it meets with another.
  for (let seed = 1; seed <= 4 && kinds.some((kind) => !done.has(kind)); seed++) {
    const { violations, faults, operations, unknown, unknownUnresolved, skipped } = await run({
      backend,
      seconds,
      mode,
      seed,
    })
    expect(violations).toEqual([])
    for (const [kind, times] of Object.entries(faults)) if (times > 0) done.add(kind)
    // What cannot be done here is said.
    for (const { what } of skipped) done.add(what)
    expect(operations).toBeGreaterThan(100)
    expect(unknown).toBeGreaterThan(0)
    expect(unknownUnresolved).toBe(0)
  }
  expect([...done]).toEqual(expect.arrayContaining([...kinds]))
  expect(await leftovers()).toEqual([])
})
