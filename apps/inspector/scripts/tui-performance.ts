/**
 * Measures what the screens promise: the first paint, from a key to its frame while 100,000 rows scroll, and the processor time
 * of a screen that nobody touches. Prints the figures and exits with 1 when one is over its bar.
 *
 * `node --conditions=@latchless/source scripts/tui-performance.ts [PROGRAM…]`: PROGRAM starts the inspector whose first paint
 * and idle time are measured, the built bundle when absent.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { absent, openFilesystem } from '@latchless/filesystem'
import { openScreens } from '@latchless/inspector'
import { FakeTerminal } from './fake-terminal.ts'
import { listedStore } from './listed-store.ts'

// As the bundle has it. React's development mode costs twice as much.
process.env['NODE_ENV'] = 'production'

const FIRST_PAINT_MS_MAX = 400
const KEY_MS_MAX = 12
const IDLE_SHARE_MAX = 0.01
/** The kernel's unit of processor time. */
const TICKS_PER_SECOND = 100

const bundle = fileURLToPath(new URL('../bundle/main.js', import.meta.url))
const program = process.argv.length > 2 ? process.argv.slice(2) : [process.execPath, bundle]

const directory = await mkdtemp(join(tmpdir(), 'inspector-performance-'))
const store = `file:${join(directory, 'store')}`
try {
  await fill(store)
  const paint = await firstPaint()
  report('first paint', `${paint.toFixed(0)} ms`, paint <= FIRST_PAINT_MS_MAX, `at most ${FIRST_PAINT_MS_MAX} ms`)
  const { p50, p95 } = await scroll()
  report(
    'key to frame, 100,000 rows',
    `p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms`,
    p50 <= KEY_MS_MAX,
    `p50 at most ${KEY_MS_MAX} ms`,
  )
  const idle = await idleShare()
  report(
    'processor while idle',
    `${(idle * 100).toFixed(2)} %`,
    idle < IDLE_SHARE_MAX,
    `less than ${IDLE_SHARE_MAX * 100} %`,
  )
} finally {
  await rm(directory, { recursive: true, force: true })
}

function report(what: string, figure: string, isWithin: boolean, bar: string): void {
  console.log(`${isWithin ? 'ok  ' : 'OVER'}  ${what}: ${figure} (${bar})`)
  if (!isWithin) process.exitCode = 1
}

async function fill(url: string): Promise<void> {
  const fs = await openFilesystem(url)
  for (let at = 0; at < 100; at++) {
    const entry = { body: Buffer.from(`{"at":${at}}`), contentType: 'application/json', kind: 'turn', schemaVersion: 1 }
    await fs.put(`/turns/t${at}`, entry, absent)
  }
  await fs.close()
}

/** Runs the inspector on a terminal of its own, which `script` of util-linux makes. */
function onTerminal() {
  const words = ['stty cols 100 rows 30;', ...[...program, '--store', store].map((word) => `'${word}'`)]
  return spawn('script', ['-qfec', words.join(' '), '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] })
}

/** The median of several starts, from the start of the process until the rows of the store are on the screen. */
async function firstPaint(): Promise<number> {
  const times: number[] = []
  for (let run = 0; run < 9; run++) {
    const started = performance.now()
    const child = onTerminal()
    await shown(child.stdout, '/turns/t0')
    times.push(performance.now() - started)
    child.stdin.write('\u0003')
    await new Promise((resolve) => child.once('close', resolve))
  }
  return quantile(times, 0.5)
}

/** Milliseconds from a key to the frame that it made, one row further each time. */
async function scroll(): Promise<{ p50: number; p95: number }> {
  const terminal = new FakeTerminal(100, 30)
  const ended = openScreens({
    store: await listedStore(100_000),
    storeName: 'synthetic',
    writable: false,
    mouse: false,
    theme: 'default',
    ascii: false,
    spoken: false,
    destination: { to: 'records', prefix: '/records' },
    stdin: terminal.stdin,
    stdout: terminal.stdout,
    env: {},
  })
  await terminal.shows('0000010')
  const times: number[] = []
  for (let at = 0; at < 600; at++) {
    const before = terminal.frames
    const started = performance.now()
    terminal.type('j')
    while (terminal.frames === before && performance.now() - started < 1000) await new Promise(setImmediate)
    times.push(performance.now() - started)
    await sleep(Math.max(0, 40 - (performance.now() - started)))
  }
  terminal.type('\u0003')
  await ended
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95) }
}

/** The part of one core that the inspector takes in ten seconds without a key. */
async function idleShare(): Promise<number> {
  const child = onTerminal()
  await shown(child.stdout, '/turns/t0')
  await sleep(2000)
  const pid = await leafOf(child.pid ?? 0)
  const before = await processorMs(pid)
  await sleep(10_000)
  const share = ((await processorMs(pid)) - before) / 10_000
  child.stdin.write('\u0003')
  await new Promise((resolve) => child.once('close', resolve))
  return share
}

/** The last process of a chain of children. */
async function leafOf(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  const [child] = children.trim().split(' ').filter(Boolean).map(Number)
  return child === undefined ? pid : await leafOf(child)
}

async function processorMs(pid: number): Promise<number> {
  let ticks = 0
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const fields = (await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return (ticks / TICKS_PER_SECOND) * 1000
}

function shown(stream: NodeJS.ReadableStream, text: string): Promise<void> {
  let seen = ''
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      seen += chunk.toString('utf8')
      if (seen.includes(text)) resolve()
    })
    stream.once('close', () => reject(new Error(`The inspector ended and never showed ${text}: ${seen}`)))
  })
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN
}
