import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Filesystem } from '@latchless/filesystem'
import { type Destination, parseKeys } from '@latchless/inspector'
import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type DemoWorld, demoWorld } from '../scripts/demo-world.ts'
import { listedStore } from '../scripts/listed-store.ts'
import { temporaryDirectory } from './fixture-store.ts'
import { openTerminal } from './open-terminal.ts'
import { type OpenShell, openShell } from './tui-shell.ts'

const SIZES = [
  [60, 16],
  [100, 30],
  [160, 50],
] as const

/** Presses keys as a patient person does: each when the answer to the one before is there. */
async function press(shell: OpenShell, script: string): Promise<void> {
  await answered(shell)
  for (const key of parseKeys(script)) {
    shell.press(key)
    await answered(shell)
  }
}

async function answered(shell: OpenShell): Promise<void> {
  await vi.waitFor(() => expect(shell.shell.isWaiting).toBe(false), { interval: 1, timeout: 20_000 })
  shell.styled()
}

async function openDemo(): Promise<DemoWorld & { readonly destinations: readonly Destination[] }> {
  const directory = await temporaryDirectory()
  const trace = join(directory, 'demo.castrace.jsonl')
  const world = await demoWorld(trace)
  onTestFinished(() => rm(trace, { force: true }))
  return {
    ...world,
    destinations: [
      { to: 'records', prefix: '/orders' },
      { to: 'history', path: '/orders/customer/000042' },
      { to: 'replay', files: [trace] },
      { to: 'contention' },
      { to: 'doctor' },
    ],
  }
}

/** Counts the records that were asked for. */
function counted(store: Filesystem): { readonly store: Filesystem; readonly listed: () => number } {
  let listed = 0
  const list: Filesystem['list'] = async (prefix, options) => {
    const page = await store.list(prefix, options)
    listed += page.items.length
    return page
  }
  const proxy = new Proxy(store, {
    get: (target, name) => (name === 'list' ? list : (Reflect.get(target, name, target) as unknown)),
  })
  return { store: proxy, listed: () => listed }
}

test.each([0, 1, 1000, 1_000_000])(
  'the records of a store of %i are walked over without reading all of it',
  async (count) => {
    for (const [columns, rows] of SIZES) {
      const { store, listed } = counted(await listedStore(count))
      const shell = openShell({ store, destination: { to: 'records', prefix: '/records' }, columns, rows })
      await press(shell, 'jjjj<ctrl-d><ctrl-d><ctrl-u><page-down>')
      await press(shell, 'GkkkjG<page-up>gvvvv')
      await press(shell, 't<enter>jjt')
      if (count > 0) await shell.shows(/records\/0|000000/)
      expect(listed()).toBeLessThan(20_000)
    }
  },
)

test('every screen is whole at every size, in every look, whatever is pressed', async () => {
  const { store, endMs, destinations } = await openDemo()
  const key = fc.constantFrom(
    ...parseKeys('jkhlgGJKHLnNwsadfmbBvVtTyYrpoicxDFWCuS=|[]+-.,0123456789 zZ?:@/'),
    '<enter>',
    '<escape>',
    '<escape>',
    '<tab>',
    '<up>',
    '<down>',
    '<left>',
    '<right>',
    '<ctrl-d>',
    '<ctrl-u>',
    '<page-down>',
    '<home>',
    '<end>',
    '<backspace>',
  )
  const look = fc.record({
    size: fc.constantFrom(...SIZES, [89, 24] as const, [90, 23] as const, [200, 60] as const),
    ascii: fc.boolean(),
    theme: fc.constantFrom('default' as const, 'mono' as const),
    spoken: fc.boolean(),
    destination: fc.constantFrom(...destinations),
  })
  await fc.assert(
    fc.asyncProperty(look, fc.array(key, { maxLength: 30 }), async ({ size, destination, ...options }, keys) => {
      const [columns, rows] = size
      const shell = openShell({ ...options, store, destination, columns, rows, nowMs: endMs })
      await press(shell, keys.join(''))
      shell.resize(rows * 2 + 30, rows)
      shell.shell.close()
    }),
    { seed: 20_261_121, numRuns: 40 },
  )
})

test('with ASCII only, no screen draws anything else around plain records', async () => {
  const { store, endMs, destinations } = await openDemo()
  for (const destination of destinations) {
    const shell = openShell({ store, destination, ascii: true, columns: 140, rows: 40, nowMs: endMs })
    await press(shell, 'jjk')
    await vi.waitFor(() => expect(shell.text()).not.toMatch(/reading|loading/i), { timeout: 10_000 })
    expect(
      shell.lines().filter((line) => /[^ -~]/u.test(line)),
      destination.to,
    ).toEqual([])
  }
})

test('escape leads back from every screen, and never out of the inspector', async () => {
  const { store, endMs, destinations } = await openDemo()
  for (const destination of destinations) {
    const shell = openShell({ store, columns: 100, rows: 30, nowMs: endMs })
    shell.shell.open(destination)
    await press(shell, '/zzz<enter>j<escape><escape><escape><escape><escape>')
    expect(shell.lines()[1], destination.to).toContain('[1]Records')
    expect(shell.exitCodes).toEqual([])
  }
})

test('read aloud, no screen draws boxes, bars or rules', async () => {
  const { store, endMs, destinations } = await openDemo()
  for (const destination of destinations) {
    const shell = openShell({ store, destination, spoken: true, columns: 140, rows: 40, nowMs: endMs })
    await press(shell, 'jjk')
    expect(shell.text(), destination.to).not.toMatch(/[─│┃═█▇▁▏▶▸▾◆✗┄]/)
    expect(shell.text(), destination.to).not.toMatch(/[-=_]{4}/)
  }
})

test('on a real terminal the keys lead through all screens and out again', async () => {
  const { store, destinations } = await openDemo()
  const { screen, ended } = openTerminal({ store, destination: destinations[0]!, columns: 100, rows: 30 })
  await screen.shows('customer/000042')
  screen.press('jjj<enter>')
  await screen.shows('[2]History')
  for (const [key, tab] of [
    ['3', '[3]Replay'],
    ['4', '[4]Contention'],
    ['5', '[5]Doctor'],
    ['1', '[1]Records'],
  ] as const) {
    screen.press(key)
    await screen.shows(tab)
    for (const [columns, rows] of [
      [60, 16],
      [200, 60],
      [100, 30],
    ] as const) {
      screen.resize(columns, rows)
      screen.press('j')
      await screen.settles(() => {
        expect(screen.lines()[0]).toMatch(/^ inspector.*READ-ONLY$/)
        expect(screen.lines()[1]).toContain(tab)
      })
    }
  }
  screen.press('q')
  expect(await ended).toBe(0)
})
