import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('the example of the README runs, twice over the same store', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'latchless-run-state-example-'))
  const example = fileURLToPath(new URL('examples/ask-first.ts', import.meta.url))
  const run = async () => promisify(execFile)(process.execPath, [...process.execArgv, example], { cwd })
  const expected = 'pending: The notes are not needed any more\nrunning: rm notes.txt\nlease: consumed\n'
  expect((await run()).stdout).toBe(expected)
  expect((await run()).stdout).toBe(expected)
  await rm(cwd, { recursive: true })
})
