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
  expect(await run('counter.ts')).toMatch(/^visits: 9\nv9 by process \d+\nv8 by process \d+\nv7 by process \d+$/)
  expect(await run('counter.ts')).toMatch(/^visits: 18\nv18 by/)
})
