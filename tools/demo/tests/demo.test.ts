import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseJournal } from '@latchless/demo'
import { execaNode } from 'execa'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'

const program = fileURLToPath(
  new URL(process.env['LATCHLESS_TEST_DIST'] ? '../dist/main.js' : '../src/main.ts', import.meta.url),
)

const count = z.int().nonnegative()
const summaryShape = z.strictObject({
  backend: z.literal('local'),
  processes: z.literal(4),
  writers: z.literal(4),
  acknowledged: z.int().positive(),
  applied: z.int().positive(),
  lost: z.literal(0),
  duplicated: z.literal(0),
  failed: count,
  conflicts: count,
  attempts: z.int().positive(),
  p50Ms: z.number().positive(),
  p99Ms: z.number().positive(),
  maxMs: z.number().positive(),
  fairness: z.number().min(0).max(1),
  stoppedProcessDelayMs: z.number().nullable(),
  storeUrl: z.string().startsWith('file:/'),
  tracePath: z.string().startsWith('/'),
})
const traceLine = z.looseObject({ e: z.string(), t: z.int().optional(), label: z.string().optional() })
const traceHead = z.looseObject({ e: z.literal('head'), wall0: z.string(), pid: z.int() })

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'latchless-demo-test-'))
})

afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})

function demo(...args: string[]) {
  const { INIT_CWD: _, ...env } = process.env
  const settings = { env: { ...env, TMPDIR: directory }, extendEnv: false, cwd: directory, reject: false } as const
  return execaNode(program, args, { ...settings, nodeOptions: process.execArgv })
}

async function readLines<T>(file: string, shape: z.ZodType<T>): Promise<T[]> {
  const text = await readFile(file, 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => shape.parse(JSON.parse(line)))
}

describe('demo --json', () => {
  test('proves a run in which one process was killed and another stopped', async () => {
    const { stdout, stderr, exitCode } = await demo('--json', '--seconds', '3')
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    expect(stdout.split('\n')).toHaveLength(1)
    const summary = summaryShape.parse(JSON.parse(stdout))
    expect(summary.applied).toBe(summary.acknowledged)
    expect((await stat(summary.storeUrl.slice('file:'.length))).isDirectory()).toBe(true)

    const trace = await readLines(summary.tracePath, traceLine)
    expect(trace.filter(({ e }) => e === 'head' || e === 'end').map(({ e }) => e)).toEqual(['head', 'end'])
    expect(trace.filter(({ e }) => e === 'cas')).toHaveLength(summary.attempts)
    const marks = trace.filter(({ e }) => e === 'mark')
    expect(marks.map(({ label }) => label?.replace(/\d+(?=\))/, 'N'))).toEqual([
      'process 3 (pid N) killed with SIGKILL',
      'process 4 (pid N) stopped with SIGSTOP',
      'process 4 (pid N) continued with SIGCONT',
    ])

    // A killed process cannot have closed its trace, and no other may lack its end.
    const parts = [1, 2, 3, 4].map((number) => join(dirname(summary.tracePath), `trace-${number}.castrace.jsonl`))
    const finished = await Promise.all(parts.map(async (file) => (await readFile(file, 'utf8')).includes('{"e":"end"')))
    expect(finished).toEqual([true, true, false, true])
  })

  test('is told nothing while a process is stopped, and goes on with it afterwards', async () => {
    const { stdout } = await demo('--json', '--seconds', '3')
    const { tracePath } = summaryShape.parse(JSON.parse(stdout))
    const [head, ...events] = await readLines(tracePath, traceLine)
    const { wall0 } = z.object({ wall0: z.string() }).parse(head)
    const [killedMs = 0, stoppedMs = 0, continuedMs = 0] = events
      .filter(({ e }) => e === 'mark')
      .map(({ t = 0 }) => Date.parse(wall0) + t / 1000)
    const endsOf = async (number: number) => {
      const file = join(dirname(tracePath), `journal-${number}.jsonl`)
      const lines = parseJournal(await readFile(file, 'utf8'), file).filter((line) => line.type === 'acknowledged')
      return lines.map(({ startMs, tookMs }) => startMs + tookMs)
    }
    // Signals take a moment to arrive, and clocks are compared across processes.
    const toleranceMs = 100
    expect((await endsOf(3)).filter((ms) => ms > killedMs + toleranceMs)).toEqual([])
    const ends = await endsOf(4)
    expect(ends.filter((ms) => ms > stoppedMs + toleranceMs && ms < continuedMs - toleranceMs)).toEqual([])
    expect(ends.filter((ms) => ms > continuedMs).length).toBeGreaterThan(0)
  })
})

describe('demo', () => {
  test('uses the store it is given and ends with commands that name it', async () => {
    const { stdout, exitCode } = await demo('--store', 'file:./given', '--seconds', '1')
    const url = `file:${join(directory, 'given')}`
    expect(exitCode).toBe(0)
    expect(stdout).toContain('PROVEN: every acknowledged update is in the store, exactly once')
    expect(stdout).toMatch(new RegExp(`npx -y pnpm@12 inspector ls --store ${url} /storm-[0-9a-f]{8}\n`))
    expect(stdout).not.toContain('\u001b')
    expect((await stat(join(directory, 'given'))).isDirectory()).toBe(true)
  })

  test('refuses a store that processes cannot share, that has no compare-and-swap, or that does not exist', async () => {
    const runs = await Promise.all(['memory:', 'plain:./plain', 'ftp:nowhere'].map((url) => demo('--store', url)))
    expect(runs.map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual([2, 2, 2].map((code) => [code, '']))
    expect(runs.map(({ stderr }) => stderr)).toEqual([
      'Cannot run the demo on the memory backend: processes cannot share it, use file:PATH',
      'Cannot run the demo on the plain backend: it has no compare-and-swap, use file:PATH',
      expect.stringMatching(/^Cannot run the demo: Cannot open store "ftp:…"/),
    ])
    expect((await readdir(directory)).filter((name) => name.startsWith('latchless-demo-'))).toEqual([])
  })

  test('refuses options that make no sense', async () => {
    const runs = await Promise.all([demo('--seconds', '0'), demo('--seconds', 'x'), demo('--nonsense')])
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([2, 2, 2])
  })
})

describe('demo ended early', () => {
  /** Starts a demo and waits until one process is dead and one stopped. */
  async function startAndWaitForStop() {
    const running = demo('--seconds', '8')
    // Leaving a loop over the lines would wait for the end of the process, so the stream is listened to.
    await new Promise<void>((resolve, reject) => {
      let seen = ''
      running.stderr.on('data', (chunk: Buffer) => {
        seen += chunk.toString()
        if (seen.includes('stopped with SIGSTOP')) resolve()
      })
      running.stderr.once('end', () => reject(new Error(`The demo ended early: ${seen}`)))
    })
    return { running, pids: await workerPids() }
  }

  async function workerPids(): Promise<number[]> {
    const storm = (await readdir(directory)).find((name) => name.startsWith('latchless-demo-')) ?? ''
    const files = await readdir(join(directory, storm))
    const traces = files.filter((name) => /^trace-\d/.test(basename(name)))
    const heads = await Promise.all(
      traces.map(async (name) => (await readFile(join(directory, storm, name), 'utf8')).split('\n')[0] ?? ''),
    )
    return heads.map((line) => traceHead.parse(JSON.parse(line)).pid)
  }

  function alive(pids: readonly number[]): number[] {
    return pids.filter((pid) => {
      try {
        process.kill(pid, 0)
        // A dead process keeps its pid until its parent, here perhaps a slow init, has asked for its end.
        return process.platform !== 'linux' || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
      } catch {
        return false
      }
    })
  }

  test('by Ctrl+C leaves neither processes nor files', async () => {
    const { running, pids } = await startAndWaitForStop()
    expect(alive(pids)).toHaveLength(3)
    running.kill('SIGINT')
    const { exitCode, stdout } = await running
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' })
    expect(alive(pids)).toEqual([])
    expect(await readdir(directory)).toEqual([])
  })

  test('by kill -9 leaves no process, not even the stopped one', async () => {
    const { running, pids } = await startAndWaitForStop()
    expect(alive(pids)).toHaveLength(3)
    running.kill('SIGKILL')
    await running
    await vi.waitFor(() => expect(alive(pids)).toEqual([]), { timeout: 10_000, interval: 50 })
  })
})
