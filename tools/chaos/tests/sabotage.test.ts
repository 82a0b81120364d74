import { readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { SABOTAGES } from '@latchless/chaos'
import { describe, expect, test } from 'vitest'
import { run } from './runs.ts'

/** Far more often than by default, because a test is short and a machine may be slow. */
const every = 12

describe('A bug put in on purpose is found', () => {
  test.each(SABOTAGES)('on memory: %s', async (sabotage) => {
    const report = await run({ backend: 'memory', seconds: 2, sabotage: { sabotage, every } })
    expect(report.violations).not.toEqual([])
    await rm(dirname(report.kept?.histories ?? ''), { recursive: true })
  })

  test('on sqlite, with evidence and the command that reproduces it', async () => {
    // Not on a disk that fills up: this is about the bug, not about the disk.
    const sabotage = { sabotage: 'skip-precondition', every } as const
    const report = await run({ backend: 'sqlite', seconds: 3, sabotage, storeParent: tmpdir() })
    expect(report.violations).not.toEqual([])
    const { kept } = report
    expect(kept?.reproduce).toBe(
      `npx -y pnpm@12 chaos --backend sqlite --seconds 3 --seed 1 --mode combine --sabotage skip-precondition --sabotage-every 12 --directory ${tmpdir()}`,
    )
    expect((await stat(kept?.histories ?? '')).isDirectory()).toBe(true)
    const trace = (await readFile(kept?.trace ?? '', 'utf8')).trimEnd().split('\n')
    const events = trace.map((line) => (JSON.parse(line) as { e: string }).e)
    expect([events[0], events.at(-1)]).toEqual(['head', 'end'])
    expect(new Set(events)).toContain('cas')
    await rm(dirname(kept?.histories ?? ''), { recursive: true })
  })
})
