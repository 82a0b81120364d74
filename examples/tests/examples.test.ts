import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, expect, test } from 'vitest'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'latchless-example-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

/** Runs an example as a reader would, in a directory of its own. It loads the same build of the packages as the test. */
async function run(example: string): Promise<string> {
  const { stdout } = await execa(process.execPath, [...process.execArgv, resolve(example)], { cwd: directory })
  return stdout
}

test('counter.ts counts every visit, in the second run on top of the first', async () => {
  expect(await run('counter.ts')).toMatch(/^visits: 9\nv2 by process \d+, updates: 1\nv1 by process \d+, updates: 8$/)
  expect(await run('counter.ts')).toMatch(/^visits: 18\nv4 by/)
})

test('approval-service.ts asks before each use of a tool, and in the second run pays on top of the first', async () => {
  const asked = 'ann approves: The notes are not needed any more\nrunning: rm notes.txt\nlease: consumed\n'
  expect(await run('approval-service.ts')).toBe(`${asked}spent: $0.03 of $1.00`)
  expect(await run('approval-service.ts')).toBe(`${asked}spent: $0.06 of $1.00`)
})
