import { anything, type Filesystem, MemoryFilesystem, replacing } from '@latchless/filesystem'
import { expect, onTestFinished, test } from 'vitest'
import { openShell, type OpenShell, type ShellOptions } from './tui-shell.ts'

async function damagedStore(): Promise<Filesystem> {
  const store = await MemoryFilesystem.open({})
  onTestFinished(() => store.close())
  for (const id of ['l1', 'l2']) {
    const body = Buffer.from('{}')
    await store.put(`/leases/${id}`, { body, contentType: 'application/json', kind: 'capability_lease' }, anything)
  }
  return store
}

async function doctor(options: Partial<ShellOptions> = {}): Promise<OpenShell> {
  const store = options.store ?? (await damagedStore())
  // Later than what was just written, for clocks to agree.
  return openShell({ nowMs: Date.now() + 1000, destination: { to: 'doctor' }, ...options, store })
}

test('the doctor begins when its screen is opened, and tells how it went', async () => {
  const shell = await doctor()
  await shell.shows(/1 fail {2}0 warn {2}\d+ ok {2}\d+ skipped {2}in/)
  expect(shell.text()).toMatch(/✓ ok {3}store\.connect/)
  expect(shell.text()).toMatch(/check 1 of \d+/)
})

test('F leaves what found something, with the detail beside it', async () => {
  const shell = await doctor()
  await shell.shows(/in \d+\.\d\d s/)
  shell.press('F')
  const text = shell.text()
  expect(text).toMatch(/▶ ✗ FAIL records\.parse/)
  expect(text).not.toContain('store.connect')
  expect(text).toContain('Likely cause')
  expect(text).toContain('check 1 of 1, only failing')
  shell.press('Fg')
  expect(shell.text()).toContain('store.connect')
})

test('enter opens the record of a finding, d chooses another one, and escape gives the keys back', async () => {
  const shell = await doctor()
  await shell.shows(/in \d+\.\d\d s/)
  shell.press('Fd')
  expect(shell.text()).toMatch(/▶ \/leases\/l1: Cannot decode/)
  shell.press('j')
  expect(shell.text()).toMatch(/▶ \/leases\/l2: Cannot decode/)
  shell.press('<escape>')
  expect(shell.text()).not.toMatch(/▶ \/leases/)
  shell.press('dj<enter>')
  await shell.shows('/leases/l2')
  expect(shell.text()).toContain('[2]History')
  shell.press('<escape>')
  expect(shell.text()).toContain('records.parse')
})

test('y copies the command that looks closer, and the one of the check where nothing was found', async () => {
  const shell = await doctor({ storeName: 'file:./data' })
  await shell.shows(/in \d+\.\d\d s/)
  shell.press('yF')
  shell.press('y')
  await shell.shows('copied command')
  expect(shell.copied).toEqual([
    'inspector --store file:./data doctor --fix-hint --only store.connect',
    'inspector --store file:./data cat /leases/l1 --pretty',
  ])
})

test('r checks again', async () => {
  const store = await damagedStore()
  const shell = await doctor({ store })
  await shell.shows(/1 fail.*in \d+\.\d\d s/)
  for (const id of ['l1', 'l2']) await store.delete(`/leases/${id}`, anything)
  shell.press('r')
  await shell.shows(/0 fail.*in \d+\.\d\d s/)
})

test('leaving the screen ends the examination, and coming back begins it anew', async () => {
  const store = await damagedStore()
  const held = Promise.withResolvers<void>()
  const signals: (AbortSignal | undefined)[] = []
  const slow = replacing(store, {
    list: async (prefix, options) => {
      signals.push(options?.signal)
      await held.promise
      return await store.list(prefix, options)
    },
  })
  const shell = await doctor({ store: slow })
  await expect.poll(() => signals.length).toBe(1)
  shell.press('3')
  expect(signals[0]?.aborted).toBe(true)
  held.resolve()
  shell.press('5')
  await shell.shows(/1 fail.*in \d+\.\d\d s/)
})

test.each([
  [60, 16],
  [89, 24],
  [90, 24],
  [200, 60],
])('the screen is whole at %i×%i, wherever one stands', async (columns, rows) => {
  const shell = await doctor({ columns, rows })
  await shell.shows(/check 1 of/)
  await shell.shows(/1 fail {2}0 warn/)
  for (const keys of ['G', 'g', 'F', 'd', 'j', 'd', 'F', '<ctrl-d>']) shell.press(keys)
  shell.press('r')
  await shell.shows(/check \d+ of/)
})

test('in a narrow terminal the detail takes the place of the list', async () => {
  const shell = await doctor({ columns: 80 })
  await shell.shows(/1 fail {2}0 warn/)
  shell.press('F')
  await shell.shows(/FAIL records\.parse/)
  expect(shell.text()).not.toContain('Likely cause')
  shell.press('d')
  expect(shell.text()).toContain('Likely cause')
  shell.press('<escape>')
  expect(shell.text()).not.toContain('Likely cause')
})

test('read aloud, the check that is stood on is told in words', async () => {
  const shell = await doctor({ spoken: true })
  await shell.shows(/in \d+\.\d\d s/)
  shell.press('F')
  expect(shell.text()).toContain('records.parse: FAIL: 2 records of 2 of known kinds cannot be read')
  expect(shell.text()).toContain('finding 1: /leases/l1: Cannot decode')
  expect(shell.text()).not.toMatch(/[│─▶]/)
})
