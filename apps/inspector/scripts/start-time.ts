// Measures how long the bundled program takes from start to end, beside Node with nothing to do. Build it first.
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { anything, openFilesystem } from '@latchless/filesystem'

const RUNS = 30
const main = fileURLToPath(new URL('../bundle/main.js', import.meta.url))
const directory = await mkdtemp(join(tmpdir(), 'inspector-start-'))
try {
  const url = `file:${join(directory, 'store')}`
  const store = await openFilesystem(url)
  const entry = { body: Buffer.from('{"n":1}'), contentType: 'application/json' }
  for (let at = 0; at < 20; at++) await store.put(`/turns/t${at}`, entry, anything)
  await store.close()
  const commands: Record<string, readonly string[]> = {
    'node with nothing to do': ['-e', '0'],
    'inspector --version': [main, '--version'],
    'inspector ls': [main, '--store', url, 'ls'],
    'inspector ls --json': [main, '--store', url, 'ls', '--json'],
    'inspector cat --json': [main, '--store', url, 'cat', '/turns/t1', '--json'],
    'inspector --help': [main, '--help'],
  }
  const times = new Map(Object.keys(commands).map((name): [string, number[]] => [name, []]))
  // In turns, so that a slow moment of the machine is shared by all.
  for (let run = 0; run < RUNS; run++) {
    for (const [name, args] of Object.entries(commands)) times.get(name)?.push(timeOf(args))
  }
  const bare = median(times.get('node with nothing to do') ?? [])
  for (const [name, taken] of times) {
    const ms = median(taken)
    console.log(`${name.padEnd(24)} ${ms.toFixed(0).padStart(5)} ms   +${(ms - bare).toFixed(0).padStart(3)} ms`)
  }
} finally {
  await rm(directory, { recursive: true, force: true })
}

function timeOf(args: readonly string[]): number {
  const started = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`Cannot measure ${args.join(' ')}: it ended with ${status}: ${stderr}`)
  return performance.now() - started
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
