import { MemoryFilesystem, systemRuntime } from '@latchless/filesystem'
import { painterOf } from '@latchless/inspector'
import { describe, expect, test } from 'vitest'
import { memoryStore } from './records-store.ts'
import { duelLines, traceFile, traceText } from './trace-lines.ts'
import { openShell, ROOMS, type ShellOptions, withoutStyles } from './tui-shell.ts'

const NOW_MS = Date.UTC(2026, 10, 21, 14, 32, 7)
const MINUTE_MS = 60_000

/** A record of which a version was written every minute, the newest a minute ago; and one that came late. */
async function minutes(count = 6) {
  let nowMs = NOW_MS - count * MINUTE_MS
  const store = await memoryStore({ runtime: { ...systemRuntime, wallMs: () => nowMs } })
  for (let n = 1; n <= count; n++) {
    await store.put('/o', { n }, { keepVersions: 1000 })
    nowMs += MINUTE_MS
  }
  nowMs = NOW_MS - 30_000
  await store.put('/late', { n: 1 })
  return store
}

async function history(options: Partial<ShellOptions> = {}, count?: number) {
  const { fs } = await minutes(count)
  return openShell({ store: fs, nowMs: NOW_MS, destination: { to: 'history', path: '/o' }, ...options })
}

describe('an earlier time', () => {
  test.each(ROOMS)('stands in the history at the version of then, and says so, in $columns columns', async (room) => {
    const shell = await history(room)
    await shell.shows(/[▶>] v6/)
    shell.press(':asof -150s<enter>')
    await shell.shows(/[▲!^] AS OF 2026-11-21 14:29:37Z: v4 {2}\(:asof now ends it\)/)
    expect(shell.text()).toMatch(/[▶>] v4/)
    shell.press('j')
    expect(shell.text()).toContain('AS OF 2026-11-21 14:29:37Z: v4')
    shell.press(':asof now<enter>')
    await shell.shows(/[▶>] v6/)
    expect(shell.text()).not.toContain('AS OF')
  })

  test('is painted as a warning, over the whole width', async () => {
    const shell = await history()
    shell.press(':asof -2m<enter>')
    await shell.shows('AS OF')
    const line = shell.styled().find((text) => text.includes('AS OF')) ?? ''
    expect(line).toBe(painterOf('default')('warning', withoutStyles(line)))
    expect(withoutStyles(line)).toHaveLength(100)
  })

  test('is read aloud', async () => {
    const shell = await history({ spoken: true })
    await shell.shows('version v6')
    shell.press(':asof -150s<enter>')
    await shell.shows('AS OF 2026-11-21 14:29:37Z: v4')
    expect(shell.text()).toMatch(/selected.*version v4/)
  })

  test('says in the history when the record was not there, or is not retained', async () => {
    const shell = await history()
    shell.press(':asof -1h<enter>')
    await shell.shows(': not written yet')
    const { fs, put } = await memoryStore({ runtime: { ...systemRuntime, wallMs: () => NOW_MS - MINUTE_MS } })
    for (let n = 1; n <= 8; n++) await put('/o', { n }, { keepVersions: 2 })
    const pruned = openShell({ store: fs, nowMs: NOW_MS, destination: { to: 'history', path: '/o' } })
    pruned.press(':asof -1h<enter>')
    await pruned.shows(': not retained')
    expect(pruned.text()).toContain('▶ v8')
  })

  test('finds a version far down a long history', async () => {
    const shell = await history({}, 400)
    shell.press(':asof -350m<enter>')
    await shell.shows('▶ v51')
    await shell.shows(': v51')
  })

  test('goes along to the other screens, and ends on all of them', async () => {
    const { fs } = await minutes()
    const shell = openShell({ store: fs, nowMs: NOW_MS })
    await shell.shows('/o')
    shell.press(':asof -150s<enter>')
    await shell.shows(/\/o +4/)
    await shell.shows(/\/late +not/)
    shell.press('j')
    await shell.shows('n: 4')
    shell.press('<enter>')
    await shell.shows('▶ v4')
    expect(shell.text()).toContain('AS OF 2026-11-21 14:29:37Z: v4')
    shell.press(':asof now<enter>1')
    await shell.shows(/\/o +6/)
    expect(shell.text()).not.toContain('AS OF')
    shell.press(':asof -90s<enter>')
    await shell.shows(/\/o +5/)
    shell.press('2')
    await shell.shows('▶ v5')
  })

  test('leaves the history at a version that was asked for', async () => {
    const { fs } = await minutes()
    const shell = openShell({ store: fs, nowMs: NOW_MS })
    await shell.shows('/o')
    shell.press(':asof -150s<enter>')
    await shell.shows(/\/o +4/)
    shell.shell.open({ to: 'history', path: '/o', version: 2 })
    await shell.shows(': v4')
    expect(shell.text()).toContain('▶ v2')
  })

  test.each([
    ['contention', 'contention is what happens now'],
    ['doctor', 'the doctor examines what is stored now'],
  ] as const)('is refused by the %s, which can end it for the others', async (to, why) => {
    const { fs } = await minutes()
    const shell = openShell({ store: fs, nowMs: NOW_MS, columns: 200 })
    await shell.shows('/o')
    shell.press(':asof -150s<enter>')
    await shell.shows('AS OF')
    shell.shell.open({ to })
    expect(shell.text()).not.toContain('AS OF')
    shell.press(':asof -5m<enter>')
    expect(shell.text()).toContain(`Cannot show what was stored at "-5m": ${why}`)
    shell.press(':asof')
    expect(shell.text()).toContain(`- ${why}`)
    shell.press(' now<enter>1')
    await shell.shows(/\/o +6/)
    expect(shell.text()).not.toContain('AS OF')
  })

  test('that is none changes nothing', async () => {
    const shell = await history()
    shell.press(':asof tomorrow<enter>')
    expect(shell.text()).toContain('expected -5m, 14:30')
    expect(shell.text()).not.toContain('AS OF')
    const nowhere = await history({ destination: { to: 'history' } })
    nowhere.press(':asof -5m<enter>')
    expect(nowhere.text()).toContain('there are no versions here')
  })

  test('is a moment of a replay', async () => {
    const file = await traceFile(traceText(duelLines({ w: 'alpha@h/1', op: 'opA' }, { w: 'beta@h/2', op: 'opB' })))
    const store = await MemoryFilesystem.open()
    const nowMs = Date.UTC(2027, 0)
    const shell = openShell({ store, destination: { to: 'replay', files: [file] }, nowMs, columns: 200 })
    await shell.shows('lanes by')
    shell.press(':asof 2020-01-01<enter>')
    const span = '2026-11-21 14:00:00.000Z to 2026-11-21 14:00:00.070Z'
    expect(shell.text()).toContain(`Cannot go to 2020-01-01 00:00:00.000Z: the trace is of ${span}`)
    shell.press(':asof 2026-11-21T14:00:00.030Z<enter>')
    expect(shell.text()).toContain('at the cursor, 0.030000 s')
    expect(shell.text()).not.toContain('AS OF')
  })
})
