import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa, execaNode } from 'execa'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'

const program = fileURLToPath(
  new URL(process.env['LATCHLESS_TEST_DIST'] ? '../dist/main.js' : '../src/main.ts', import.meta.url),
)

const count = z.int().nonnegative()
const reportShape = z.strictObject({
  backend: z.literal('memory'),
  mode: z.literal('plain'),
  seed: z.literal(7),
  seconds: z.literal(1),
  operations: z.int().positive(),
  faults: z.record(z.string(), count),
  violations: z.tuple([]),
  unknown: count,
  unknownUnresolved: z.literal(0),
  skipped: z.array(z.strictObject({ what: z.string(), reason: z.string() })),
})

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'latchless-test-'))
})

afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})

function chaos(...args: string[]) {
  const settings = { env: { ...process.env, TMPDIR: directory }, extendEnv: false, reject: false } as const
  return execaNode(program, args, { ...settings, nodeOptions: process.execArgv })
}

describe('chaos', () => {
  test('prints one object on one line, and leaves nothing behind', async () => {
    const { stdout, stderr, exitCode } = await chaos(
      '--backend',
      'memory',
      '--seconds',
      '1',
      '--seed',
      '7',
      '--mode',
      'plain',
      '--json',
    )
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    expect(stdout.split('\n')).toHaveLength(1)
    reportShape.parse(JSON.parse(stdout))
    expect(await readdir(directory)).toEqual([])
  })

  test('says what was found and how to run it again, with exit code 1', async () => {
    const spoilt = ['--sabotage', 'duplicate-write', '--sabotage-every', '50']
    const { stdout, exitCode } = await chaos('--backend', 'memory', '--seconds', '1', '--seed', '7', ...spoilt)
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^\d+ VIOLATIONS$/m)
    expect(stdout).toContain(
      `again: npx -y pnpm@12 chaos --backend memory --seconds 1 --seed 7 --mode combine ${spoilt.join(' ')}`,
    )
  })

  test('refuses options that make no sense', async () => {
    const runs = await Promise.all([
      chaos(),
      chaos('--backend', 'floppy'),
      chaos('--backend', 'memory', '--seconds', '0'),
      chaos('--backend', 'memory', '--sabotage', 'everything'),
    ])
    expect(runs.map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual(runs.map(() => [2, '']))
  })

  test('says how to run again what could not run, for a shell, with exit code 70', async () => {
    const { stdout, stderr, exitCode } = await chaos('--backend', 'local', '--directory', "/dev/null/it's here")
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 70 })
    expect(stderr).toContain('ENOTDIR')
    expect(stderr).toContain(
      String.raw`again: npx -y pnpm@12 chaos --backend local --seconds 60 --seed 1 --mode combine --directory '/dev/null/it'\''s here'`,
    )
    expect(await readdir(directory)).toEqual([])
  })

  test('interrupted in the middle leaves neither processes nor files nor a mounted disk', async () => {
    const running = chaos('--backend', 'local', '--seconds', '60')
    await vi.waitFor(async () => expect(await histories()).not.toEqual([]), { timeout: 30_000, interval: 50 })
    expect(await childrenOf(running.pid)).not.toEqual([])
    running.kill('SIGINT')
    const { exitCode, stdout } = await running
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' })
    expect(await readdir(directory)).toEqual([])
  })
})

async function histories(): Promise<string[]> {
  const [run = ''] = await readdir(directory)
  return readdir(join(directory, run, 'histories'))
}

async function childrenOf(pid: number | undefined): Promise<string[]> {
  const { stdout } = await execa('ps', ['-o', 'ppid=', '-e'])
  return stdout.split('\n').filter((line) => line.trim() === String(pid))
}
