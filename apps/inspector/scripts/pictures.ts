/**
 * Draws the pictures of docs/inspector.md from the real screens. With `--check` it writes nothing and exits with 1 when a
 * picture is not what the screens show now.
 *
 * `node --conditions=@latchless/source scripts/pictures.ts [--check]`
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Destination, Headless, painterOf, parseKeys, unicode } from '@latchless/inspector'
import { ansiSvg } from './ansi-svg.ts'
import { type DemoWorld, demoWorld } from './demo-world.ts'
import { steadyLine } from './steady-line.ts'

interface Picture {
  readonly name: string
  readonly title: string
  readonly destination: Destination
  readonly keys: string
  /** What has to be there before the keys are pressed, and before it is drawn. */
  readonly first: RegExp
  readonly last?: RegExp
}

const COLUMNS = 110
const ROWS = 30

const TRACE = 'orders.castrace.jsonl'
const ORDER = '/orders/customer/000042'

const PICTURES: readonly Picture[] = [
  {
    name: 'records',
    title: 'Records',
    destination: { to: 'records', prefix: '/orders' },
    keys: 'jjj',
    first: /000042/,
    last: /status/,
  },
  {
    name: 'history',
    title: 'History',
    destination: { to: 'history', path: ORDER },
    keys: 'j',
    first: /v39/,
    last: /seenBy/,
  },
  {
    name: 'replay',
    title: 'Replay',
    destination: { to: 'replay', files: [TRACE] },
    keys: 'LLLLLLLLLLffss',
    first: /612 events/,
  },
  {
    name: 'contention',
    title: 'Contention',
    destination: { to: 'contention' },
    keys: `:trace ${TRACE}<enter>`,
    first: /commits/,
    last: /ledger.*28/,
  },
  { name: 'doctor', title: 'Doctor', destination: { to: 'doctor' }, keys: 'jj', first: / in \d/ },
]

const target = fileURLToPath(new URL('../../../docs/inspector/', import.meta.url))
const isCheck = process.argv.includes('--check')
const directory = await mkdtemp(join(tmpdir(), 'inspector-pictures-'))
try {
  const world = await demoWorld(join(directory, TRACE))
  await mkdir(target, { recursive: true })
  // So that the screens show the name of the trace and not where it happens to be.
  process.chdir(directory)
  for (const picture of PICTURES) await draw(picture, world)
} finally {
  await rm(directory, { recursive: true, force: true })
}

async function draw({ name, title, destination, keys, first, last }: Picture, world: DemoWorld): Promise<void> {
  using headless = new Headless({
    store: world.store,
    storeName: 'prod',
    writable: false,
    destination,
    nowMs: () => world.endMs,
    frame: { columns: COLUMNS, rows: ROWS, paint: painterOf('default'), glyphs: unicode, spoken: false },
  })
  await headless.shows(first)
  await headless.settled()
  for (const key of parseKeys(keys)) await headless.press(key)
  if (last) await headless.shows(last)
  await keep(`${name}.svg`, ansiSvg(headless.view().map(steadyLine), COLUMNS, `The ${title} screen of the inspector`))
}

async function keep(name: string, svg: string): Promise<void> {
  const file = join(target, name)
  if (!isCheck) {
    await writeFile(file, svg)
    return
  }
  if ((await readFile(file, 'utf8').catch(() => '')) === svg) return
  console.error(`docs/inspector/${name} is not what the screen shows now; run scripts/pictures.ts`)
  process.exitCode = 1
}
