import { join } from 'node:path'
import { MemoryFilesystem } from '@latchless/filesystem'
import { beforeEach, describe, expect, test } from 'vitest'
import { temporaryDirectory } from './fixture-store.ts'
import { modelledLines } from './modelled-trace.ts'
import { writeFight } from './storm.ts'
import { MS, traceFile, traceText } from './trace-lines.ts'
import { openShell, type OpenShell, type ShellOptions } from './tui-shell.ts'

let file: string

beforeEach(async () => {
  file = await traceFile(traceText(modelledLines({ writers: 6, updates: 120, gapUs: 8 * MS })))
})

async function openReplay(options: Partial<ShellOptions> = {}, named = file): Promise<OpenShell> {
  const store = await MemoryFilesystem.open()
  const shell = openShell({ store, ...options, destination: { to: 'replay', files: [named] } })
  await shell.shows(/lanes by|lane /)
  return shell
}

/** All policies have come to their end. */
async function modelled(shell: OpenShell): Promise<string> {
  await shell.shows(/recorded/)
  await expect.poll(() => shell.text(), { timeout: 20_000 }).not.toContain('running')
  return shell.text()
}

describe('W on the replay screen', () => {
  test('shows what was measured, the model of it, and some policies, and says that it is a model', async () => {
    const shell = await openReplay()
    shell.press('fW')
    const text = await modelled(shell)
    expect(text).toContain('model: what if, 0.000 s to')
    expect(text).toContain('a model, not measured: 20 runs of 120 updates of 1 record by 6 writers in 6 processes')
    expect(text).toMatch(/^ POLICY +LOST +TRIES\/WIN/m)
    for (const policy of [
      'measured',
      'recorded',
      'mode=combine',
      'backoff=none',
      'backoff=4ms..80ms',
      'writers=3',
      'writers=12',
    ])
      expect(text).toMatch(new RegExp(`^ ${policy} +[\\d.]+ %`, 'm'))
  })

  test('goes back to the lanes with the escape key', async () => {
    const shell = await openReplay()
    shell.press('fW')
    await modelled(shell)
    shell.press('<escape>')
    expect(shell.text()).toContain('lanes by writer')
  })

  test('tells the same as the command that it names', async () => {
    const shell = await openReplay()
    shell.press('f:what-if writers=9<enter>')
    await modelled(shell)
    shell.press(':copy the command that tells the same<enter>')
    await expect
      .poll(() => shell.copied)
      .toEqual([expect.stringMatching(/ replay \S+ --what-if writers=9 --from 0\.0/)])
  })

  test('refuses what is no policy, and says what would be one', async () => {
    const shell = await openReplay()
    shell.press(':what-if writers=many<enter>')
    expect(shell.text()).toContain('Cannot model "writers=many": expected backoff=BASE')
    expect(shell.text()).toContain('lanes by writer')
  })

  test('models only the time and the record in sight, and says when that is too little', async () => {
    const shell = await openReplay()
    shell.press('fwwwwwwwwwwwwwwwwwwW')
    await shell.shows(/Cannot model the window: it holds \d+ updates/)
    expect(shell.text()).toContain('lanes by')
    shell.press('<escape>fxW')
    expect(await modelled(shell)).toMatch(/model: what if, .* \/hot /)
  })

  test('fits into a small terminal, where it tells in sentences and can be scrolled', async () => {
    const shell = await openReplay({ columns: 60, rows: 16, ascii: true })
    shell.press('fW')
    const top = await modelled(shell)
    expect(top).toContain('a model, not measured')
    shell.press('G')
    expect(shell.text()).toContain('fair: 1 when')
    shell.press('g')
    expect(shell.text()).toBe(top)
    shell.resize(200, 60)
    expect(shell.text()).toMatch(/^ POLICY/m)
  })

  test('is read aloud in sentences', async () => {
    const shell = await openReplay({ spoken: true, rows: 60 })
    shell.press('fW')
    expect(await modelled(shell)).toMatch(
      /model, recorded: [\d.]+ % \(\d+-\d+ %\) lost, [\d.]+ \([\d.]+-[\d.]+\) tries a win/,
    )
  })

  test('shows a hostile path as it is, and obeys nothing in it', async () => {
    const lines = modelledLines({ writers: 3, updates: 30, gapUs: 8 * MS }).map((line) =>
      'key' in line ? { ...line, key: '/\u001b[2J\u202e' } : line,
    )
    const shell = await openReplay({}, await traceFile(traceText(lines)))
    shell.press('fxW')
    expect(await modelled(shell)).toContain('/\\x1b[2J\\u{202e}')
  })
})

test('W on the contention screen leads to the replay of the record, once a trace is followed', async () => {
  const fight = join(await temporaryDirectory(), 'fight.castrace.jsonl')
  await writeFight(fight, 200)
  const shell = openShell({
    store: await MemoryFilesystem.open(),
    nowMs: Date.now(),
    destination: { to: 'contention', traces: [fight] },
  })
  await expect
    .poll(() => {
      shell.pass(1000)
      return shell.text()
    })
    .toContain('/hot')
  shell.press('W')
  await shell.shows('lanes by writer')
  expect(shell.text()).toContain('W models the time in sight under other policies')
})
