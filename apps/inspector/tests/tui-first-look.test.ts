import { type Destination, MATCHES_MAX } from '@latchless/inspector'
import { expect, test, vi } from 'vitest'
import { listedStore } from '../scripts/listed-store.ts'
import { temporaryDirectory } from './fixture-store.ts'
import { memoryStore } from './records-store.ts'
import { openShell } from './tui-shell.ts'

const DESTINATIONS: readonly Destination[] = [
  { to: 'records' },
  { to: 'history', path: '/a' },
  { to: 'replay' },
  { to: 'contention' },
  { to: 'doctor' },
]

async function oneRecord() {
  const { fs, put } = await memoryStore()
  await put('/a', { n: 1 })
  return fs
}

test.each(DESTINATIONS)(
  'in the smallest terminal the last line names the help of $to, and cuts no hint',
  async (destination) => {
    const shell = openShell({ store: await oneRecord(), destination, columns: 60, rows: 16 })
    await vi.waitFor(() => expect(shell.shell.isWaiting).toBe(false))
    expect(shell.lines().at(-1)).toMatch(/\? help/)
    expect(shell.lines().at(-1)).not.toContain('…')
  },
)

test('how to make a trace stands in the smallest terminal too', async () => {
  const shell = openShell({ store: await oneRecord(), destination: { to: 'replay' }, columns: 60, rows: 16 })
  expect(shell.text()).toContain('Then: inspector replay')
})

test('a message has the last line of a small terminal before the place in the list has', async () => {
  const shell = openShell({ store: await oneRecord(), columns: 60, rows: 16 })
  await shell.shows('/a')
  shell.press(':12q<enter>')
  expect(shell.lines().at(-1)).toContain('Cannot press "q" 12 times: expected a key that moves')
})

test('what a deletion does is told in full in the smallest terminal', async () => {
  const shell = openShell({ store: await oneRecord(), writable: true, columns: 60, rows: 16 })
  await shell.shows('/a')
  shell.press('x')
  expect(shell.text()).toMatch(
    /v1 gets a tombstone on top, if it is still the newest\.\n Versions that the store keeps stay\./,
  )
})

test('a trace that is followed without attempts in it is not taken for none', async () => {
  const directory = await temporaryDirectory()
  const shell = openShell({ store: await oneRecord(), destination: { to: 'contention', traces: [directory] } })
  await shell.shows('no attempts traced in 60 s')
})

test('one version is no versions', async () => {
  const shell = openShell({ store: await oneRecord(), destination: { to: 'history', path: '/a' } })
  await shell.shows(/nothing to v1, 1 version$/m)
})

test('a list of hot records without any says why', async () => {
  const shell = openShell({ store: await oneRecord(), destination: { to: 'contention' } })
  await shell.shows('nothing was written in this time')
})

test('a record that was not written yet is called that in words', async () => {
  const shell = openShell({ store: await oneRecord() })
  await shell.shows('/a')
  shell.press(':asof -1d<enter>')
  await shell.shows(/\/a +not written yet at that time/)
})

test('on the way to a row far off, it is said how far one has come', async () => {
  const store = await listedStore(1_000_000)
  const shell = openShell({ store, destination: { to: 'records', prefix: '/records' } })
  await shell.shows('0000000')
  const facts = new Set<string>()
  shell.shell.subscribe(() => facts.add(shell.shell.facts))
  shell.press(':30000<enter>')
  await shell.shows(/ row 30,000$/m)
  expect(facts).toContain('to row 30,000: read 15,200')
  expect(shell.text()).not.toContain('to row')
  shell.press(':900000<enter>j')
  expect(shell.text()).not.toContain('to row')
})

test('read aloud, a search is told when it is over, not page by page', async () => {
  const store = await listedStore(100_000)
  const shell = openShell({ store, spoken: true, destination: { to: 'records', prefix: '/records' } })
  await shell.shows('0000000')
  const said = new Set<string>()
  shell.shell.subscribe(() => said.add(shell.lines()[1] ?? ''))
  shell.press('/size>0<enter>')
  await shell.shows('stopped there')
  const counts = [...said].filter((line) => /\d of [\d,]+ match/.test(line))
  expect(counts).toEqual([expect.stringContaining(`${MATCHES_MAX.toLocaleString('en')} of`)])
})

test('read aloud, the doctor tells the result, not each check', async () => {
  const shell = openShell({ store: await oneRecord(), spoken: true })
  await shell.shows('/a')
  const said = new Set<string>()
  shell.shell.subscribe(() => said.add(shell.text()))
  shell.press('5')
  await shell.shows(/\d ok .*in \d/)
  const facts = [...said].flatMap((text) => text.match(/^\d+ fail.*$/m) ?? [])
  expect(facts).toHaveLength(1)
})
