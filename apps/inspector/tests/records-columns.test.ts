import { describe, expect, test } from 'vitest'
import { filled, heading, quiet, watched } from './summarized-store.ts'
import { openShell } from './tui-shell.ts'

describe('the columns', () => {
  test('are those that one chooses, in all lists, until one chooses others', async () => {
    const store = await filled()
    const shell = openShell({ store, columns: 100 })
    await shell.shows('/budgets/tree')
    shell.press(':columns summary,ver<enter>')
    expect(heading(shell)).toMatch(/PATH +VER SUMMARY +│/)
    await shell.shows('released, $0.50')
    shell.press('t')
    await shell.shows('DIR')
    shell.press('<enter>')
    await shell.shows('records ▸ /approval-slots')
    await shell.shows(/PATH +VER SUMMARY +│/)
    shell.press(':choose the columns<enter>')
    expect(shell.lines().at(-1)).toContain('columns ver summary')
    shell.press('<ctrl-u>all<enter>')
    expect(heading(shell)).toMatch(/VER +SIZE WRITER +AGE│/)
  })

  test('that there are not are refused, and nothing changes', async () => {
    const shell = openShell({ store: await filled(), columns: 100 })
    await shell.shows(/VER +SIZE WRITER +AGE│/)
    shell.press(':columns ver colour<enter>')
    expect(shell.text()).toContain('Cannot show column "colour": expected ver, kind, size, writer, age, summary or all')
    expect(heading(shell)).toMatch(/VER +SIZE WRITER +AGE│/)
  })

  test('that are hidden are not read aloud, and no body is read for them', async () => {
    const { store, asked } = watched(await filled())
    const shell = openShell({ store, columns: 200 })
    await shell.shows('2 taken')
    await quiet(shell)
    const spoken = openShell({ store, spoken: true, columns: 80 })
    await spoken.shows('summary of')
    spoken.press(':columns age<enter>')
    await quiet(spoken)
    const count = asked.length
    spoken.press('jjj')
    await quiet(spoken)
    expect(spoken.text()).toMatch(/gates\/g1, age/)
    expect(spoken.text()).not.toMatch(/version \d|summary of/)
    expect(asked).toHaveLength(count)
  })
})
