import { FilesystemError } from '@latchless/filesystem'
import { kindView, listCells } from '@latchless/inspector'
import { BudgetStore, UNLIMITED } from '@latchless/resources'
import { RunState } from '@latchless/run-state'
import { describe, expect, test, vi } from 'vitest'
import { requestOf, scope, user } from './doctor-subject.ts'
import { memoryStore } from './records-store.ts'
import { filled, heading, memory, NOW_MS, quiet, watched, withInvocations } from './summarized-store.ts'
import { openShell, type OpenShell } from './tui-shell.ts'

const MINUTE_MS = 60_000

/** Draws until so many bodies were asked for: what is in sight is known only then. */
async function reads(shell: OpenShell, asked: readonly string[], count: number): Promise<void> {
  await vi.waitFor(() => {
    shell.styled()
    expect(asked).toHaveLength(count)
  })
}

const idsShown = (shell: OpenShell) => shell.lines().flatMap((line) => /\.i\d{3} /.exec(line)?.[0].trim() ?? [])
const endOf = (path: string) => path.slice(path.lastIndexOf('.'))

describe('a summary', () => {
  test('says in the last column what records of a known kind are about', async () => {
    const shell = openShell({ store: await filled(), columns: 200 })
    await shell.shows(/tree .* 1 account, 1 open *│/)
    await shell.shows(/\.a1 .* pending, shell\.run, 10 min left *│/)
    await shell.shows(/r3 .* released, \$0\.50 *│/)
    await shell.shows(/\.i1 .* blocked-approval, shell\.run *│/)
    await shell.shows(/leases.* active, shell\.run, 1 min left *│/)
    expect(heading(shell)).toMatch(/VER KIND +SIZE WRITER +AGE SUMMARY *│/)
  })

  test('comes into lines that are there already, and moves nothing in them', async () => {
    const { store, answer, asked } = watched(await filled(), true)
    const shell = openShell({ store, columns: 200 })
    await shell.shows('▶ /approval')
    shell.press('jj')
    await reads(shell, asked, 8)
    const left = () => shell.lines().map((line) => line.slice(0, heading(shell).indexOf('SUMMARY')))
    const before = left()
    expect(shell.text()).not.toContain('blocked-approval, shell.run')
    answer()
    await shell.shows('blocked-approval, shell.run')
    expect(left()).toEqual(before)
  })

  test('is of the time of the frame, without being read again', async () => {
    const { store, asked } = watched(await filled())
    const shell = openShell({ store, columns: 200 })
    await shell.shows('pending, shell.run, 10 min left')
    await quiet(shell)
    const count = asked.length
    shell.pass(4 * MINUTE_MS)
    expect(shell.text()).toContain('pending, shell.run, 6 min left')
    expect(shell.text()).toContain('active, shell.run, over since 3 min')
    shell.pass(11 * MINUTE_MS)
    expect(shell.text()).toContain('pending, shell.run, over since 5 min')
    expect(asked).toHaveLength(count)
  })

  test('is of the version that is listed, now and in the past, and of a new one while the store is watched', async () => {
    const store = await memory()
    const nowMs = Date.now() + MINUTE_MS
    const { approvals } = new RunState(store, { now: () => nowMs })
    const request = requestOf(() => nowMs, 'a1')
    await approvals.savePending(scope, request)
    const path = (await store.list('/approvals')).items[0]?.path ?? ''
    const shell = openShell({ store, columns: 200, nowMs })
    await shell.shows('pending, shell.run')
    shell.press('w')
    const [first] = (await store.history(path)).versions
    const thenMs = first?.info.time ?? 0
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(thenMs))
    await approvals.deny(scope, 'a1', { by: user })
    await shell.shows(/\.a1 .* denied, shell\.run *│/)
    shell.press(`:asof ${new Date(thenMs).toISOString()}<enter>`)
    await shell.shows(/\.a1 +1 .* pending, shell\.run, 10 min left *│/)
  })

  test('of the selected record is read aloud after the list', async () => {
    const shell = openShell({ store: await filled(), spoken: true, columns: 80 })
    await shell.shows(/summary of \/approval-slots\/\S+: 2 taken/)
    shell.press('j')
    await shell.shows(/summary of \/approvals\/\S+: pending, shell\.run, 10 min left/)
    expect(shell.text()).not.toContain('2 taken')
  })
})

describe('a body', () => {
  test('is read for the rows in sight only, some at once, and once for each version', async () => {
    const { store, asked, mostAtOnce } = watched(await withInvocations(160))
    const shell = openShell({ store, columns: 200, rows: 24 })
    await shell.shows(/\.i010 .* running, /)
    await quiet(shell)
    expect(asked.map(endOf).toSorted()).toEqual(idsShown(shell))
    expect(mostAtOnce()).toBe(8)
    const first = asked.length
    shell.press('jkjk')
    await quiet(shell)
    expect(asked).toHaveLength(first)
    shell.press('G')
    await shell.shows(/\.i159 .* running, /)
    await quiet(shell)
    expect(asked.slice(first).map(endOf).toSorted()).toEqual(idsShown(shell))
    shell.press('g')
    await quiet(shell)
    expect(asked.length).toBeLessThan(2.5 * first)
    const { revision } = shell.shell
    shell.text()
    expect(shell.shell.revision).toBe(revision)
  })

  test('is not read for rows that one has left behind meanwhile', async () => {
    const { store, asked, answer } = watched(await withInvocations(200), true)
    const shell = openShell({ store, columns: 200, rows: 24 })
    await reads(shell, asked, 8)
    shell.text()
    shell.press('<page-down><page-down><page-down><page-down>')
    answer()
    const [last = ''] = idsShown(shell).slice(-1)
    await shell.shows(new RegExp(`\\${last} .* running, `))
    await quiet(shell)
    expect(asked.slice(8).map(endOf).toSorted()).toEqual(idsShown(shell))
  })

  test('is not read once one has left the screen, and is when one comes back', async () => {
    const { store, asked, answer } = watched(await withInvocations(100), true)
    const shell = openShell({ store, columns: 200, rows: 24 })
    await reads(shell, asked, 8)
    shell.press('4')
    answer()
    await quiet(shell)
    expect(asked).toHaveLength(8)
    shell.press('1')
    await shell.shows(/\.i000 .* running, /)
    await shell.shows(/\.i010 .* running, /)
  })

  test('is not read where there is no room for a summary, until there is', async () => {
    const { store, asked } = watched(await filled())
    const shell = openShell({ store, columns: 120 })
    await shell.shows('invocation')
    await quiet(shell)
    expect(heading(shell)).toMatch(/AGE│/)
    expect(asked).toEqual([])
    shell.resize(200, 30)
    await shell.shows('pending, shell.run, 10 min left')
  })

  test('of a kind that nobody knows, or a large one, is not read, and the column takes no room for it', async () => {
    const { fs, put } = await memoryStore()
    await put('/orders/1', { id: 1 })
    await put('/orders/2', { id: 2 }, { kind: 'constructor' })
    const { store, asked } = watched(fs)
    const shell = openShell({ store, columns: 200 })
    await shell.shows('/orders/2')
    expect(heading(shell)).not.toContain('SUMMARY')
    await put('/invocations/large', { text: 'x'.repeat(70_000) }, { kind: 'invocation' })
    await put('/invocations/other', { not: 'an invocation' }, { kind: 'invocation' })
    shell.press('r')
    await shell.shows('/invocations/large')
    await quiet(shell)
    expect(heading(shell)).toContain('SUMMARY')
    expect(new Set(asked)).toEqual(new Set(['/invocations/other']))
    expect(shell.text()).toMatch(/other +1 invocation +23B api-1 +\S+ +│/)
  })

  test('that cannot be read leaves its place empty, says nothing, and is tried again with the list', async () => {
    let failure: Error | undefined = new FilesystemError('corrupt', 'Cannot read "/a": it is damaged', {
      path: '/a',
      operation: 'getVersion',
    })
    const { store, asked } = watched(await withInvocations(3), false, () => failure)
    const shell = openShell({ store, columns: 200 })
    await reads(shell, asked, 3)
    await quiet(shell)
    shell.press('jjkk')
    await quiet(shell)
    expect(asked).toHaveLength(3)
    expect(shell.text()).not.toMatch(/running, |damaged/)
    failure = undefined
    shell.press('r')
    await shell.shows(/\.i002 .* running, /)
  })

  test('that is hostile does nothing, and no secret of it is in its summary', async () => {
    const { fs, put } = await memoryStore()
    const evil = '\u001b]0;owned\u0007\u202e\u001b[2J'
    const invocation = { id: 'i', scope: { thread: evil }, capabilityId: 'c', createdAt: 0, updatedAt: 0 }
    await put('/a', { ...invocation, status: 'running' }, { kind: 'invocation' })
    await put('/b', { ...invocation, status: 'running', capabilityId: evil }, { kind: 'invocation' })
    await put('/c', { ...invocation, status: evil }, { kind: 'invocation' })
    await put('/d', new TextEncoder().encode(evil), { kind: 'approval' })
    const shell = openShell({ store: fs, columns: 200 })
    await shell.shows(/▶ \/a .* running, c *│/)
    await quiet(shell)
    expect(shell.text().match(/running, /g)).toHaveLength(1)

    const [view, head] = [await kindView('invocation'), await fs.get('/a')]
    if (!view || head.state !== 'live') throw new Error('Cannot find the invocation: it was not written')
    const cells = (redact: string[]) => listCells({ ...view, redact }, head.entry)({ nowMs: NOW_MS })
    expect(cells([])).toEqual(['running', 'c'])
    expect(cells(['/capabilityId'])).toEqual([])
    expect(cells(['/scope/thread'])).toEqual(['running', 'c'])
    const secret = `ghp_${'a1B2'.repeat(9)}`
    const body = Buffer.from(JSON.stringify({ ...invocation, status: 'running', capabilityId: secret }))
    const planted = listCells(view, { ...head.entry, body })({ nowMs: NOW_MS })
    expect(planted.join(' ')).not.toContain('ghp_')
  })
})

test('a budget with several accounts says how many', async () => {
  const store = await memory()
  const budgets = new BudgetStore(store, { now: () => NOW_MS })
  for (const name of ['ann', 'bob'])
    await budgets.setLimits({ user: name }, { max: { ...UNLIMITED, usdMicros: 1 }, period: { type: 'lifetime' } })
  const shell = openShell({ store, columns: 200 })
  await shell.shows(/2 accounts, 0 open/)
})
