import { expect, test } from 'vitest'
import { powerCutObstacle, runPowerCuts } from './powercut-run.ts'

const obstacle = powerCutObstacle()

test('a power cut loses no acknowledged update and tears no record', async (context) => {
  if (obstacle !== undefined) context.skip(`SKIPPED: ${obstacle}`)
  const report = await runPowerCuts({ cuts: 10, durability: 'disk' })
  expect(report).toMatchObject({ cuts: 10, lost: 0, torn: 0 })
  expect(report.checked).toBeGreaterThanOrEqual(27)
})

test('a power cut does lose updates of a store that syncs nothing, so the check can fail', async (context) => {
  if (obstacle !== undefined) context.skip(`SKIPPED: ${obstacle}`)
  const report = await runPowerCuts({ cuts: 5, durability: 'process' })
  expect(report.lost).toBeGreaterThan(0)
})
