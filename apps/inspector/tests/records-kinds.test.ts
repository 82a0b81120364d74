import { BudgetStore, UNLIMITED } from '@latchless/resources'
import { kindView, plain, unicode, ValueContent, ValueView } from '@latchless/inspector'
import { expect, test } from 'vitest'
import { memoryStore } from './records-store.ts'
import { openShell } from './tui-shell.ts'

test('a record of a store is shown in the words of its store, and as JSON too', async () => {
  const { fs } = await memoryStore()
  await new BudgetStore(fs).setLimits({}, { max: { ...UNLIMITED, usdMicros: 10 }, period: { type: 'lifetime' } })
  const shell = openShell({ store: fs, columns: 160 })
  await shell.shows('[kind]')
  expect(shell.text()).toContain('budget_tree')
  shell.press('v')
  expect(shell.text()).toContain('[json]')
  expect(shell.text()).toMatch(/[▸▾] \{\d+ keys\}/)
})

test('a record that says to be of a kind and is not is shown without it', async () => {
  const { fs, put } = await memoryStore()
  await put('/a', { not: 'a tree' }, { kind: 'budget_tree' })
  const shell = openShell({ store: fs })
  await shell.shows('not: "a tree"')
  expect(shell.text()).not.toContain('kind]')
})

test('what a kind hides is in none of the ways, and is not given away', async () => {
  const { fs, put } = await memoryStore()
  await put('/a', { id: 1, material: 'hush' })
  await put('/b', new TextEncoder().encode('hush: no JSON'))
  const view = await kindView('budget_tree')
  if (!view) throw new Error('there is no such kind')
  for (const path of ['/a', '/b']) {
    const head = await fs.get(path)
    if (head.state === 'unwritten') throw new Error('nothing is there')
    const content = new ValueContent(path, head, { ...view, redact: ['/material'] }, 0)
    const shown = new ValueView()
    shown.set(content)
    for (const mode of content.modes) {
      const frame = { columns: 100, rows: 40, nowMs: 0, paint: plain, glyphs: unicode, spoken: false }
      expect(shown.view(frame, true).join('\n'), mode).not.toContain('hush')
      shown.actions()[0]?.run('v')
    }
    expect(Buffer.from(content.openBytes ?? []).toString()).not.toContain('hush')
    expect(content.modes).toEqual(path === '/a' ? ['json', 'text', 'hex', 'meta'] : ['text', 'hex', 'meta'])
  }
})
