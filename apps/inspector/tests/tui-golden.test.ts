import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Destination, Headless, parseKeys, plain, unicode } from '@latchless/inspector'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { demoWorld } from '../scripts/demo-world.ts'
import { steadyLine } from '../scripts/steady-line.ts'
import { temporaryDirectory } from './fixture-store.ts'

const TRACE = 'demo.castrace.jsonl'
const ORDER = '/orders/customer/000042'

const SCREENS: readonly (readonly [name: string, destination: Destination, first: RegExp, keys: string])[] = [
  ['records', { to: 'records', prefix: '/orders' }, /000042/, 'jjj'],
  ['tree', { to: 'records', prefix: '/' }, /agents|import/, 't'],
  ['history', { to: 'history', path: ORDER }, /v50.*3 -3/, 'j'],
  ['replay', { to: 'replay', files: [TRACE] }, /612 events/, 'LLLLLLLLLLffss'],
  ['contention', { to: 'contention' }, /commits/, ''],
  ['doctor', { to: 'doctor' }, / in \d/, 'jj'],
  ['help', { to: 'records', prefix: '/orders' }, /000042/, '?'],
]
const SIZES = [
  [60, 16],
  [100, 30],
  [160, 50],
] as const

// After a change that is meant: `vitest run tests/tui-golden -u`, and look at what it did.
test('the screens look as they did', async () => {
  const directory = await temporaryDirectory()
  const { store, endMs } = await demoWorld(join(directory, TRACE))
  const before = process.cwd()
  // So that the screens show the name of the trace and not where it happens to be.
  process.chdir(directory)
  onTestFinished(() => process.chdir(before))
  for (const [name, destination, first, keys] of SCREENS) {
    for (const [columns, rows] of SIZES) {
      using headless = new Headless({
        store,
        storeName: 'prod',
        writable: false,
        destination,
        nowMs: () => endMs,
        frame: { columns, rows, paint: plain, glyphs: unicode, spoken: false },
      })
      await headless.shows(first)
      await headless.settled()
      for (const key of parseKeys(keys)) await headless.press(key)
      const lines = headless.view().map((line) => steadyLine(line).trimEnd())
      const file = fileURLToPath(new URL(`goldens/${name}-${columns}x${rows}.txt`, import.meta.url))
      await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(file)
    }
  }
}, 120_000)

test('the pictures in the documents are those of the screens', async () => {
  const script = fileURLToPath(new URL('../scripts/pictures.ts', import.meta.url))
  const { exitCode, stderr } = await execa(process.execPath, [...process.execArgv, script, '--check'], {
    reject: false,
  })
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
}, 120_000)
