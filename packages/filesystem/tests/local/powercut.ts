import { parseArgs } from 'node:util'
import { powerCutObstacle, runPowerCuts } from './powercut-run.ts'

// More power cuts than the tests have time for:
//   node --conditions=@latchless/source packages/filesystem/tests/local/powercut.ts --cuts 100
// With `--durability process` nothing is synced, so it has to lose updates: a control of the check itself.
const { values } = parseArgs({
  options: { cuts: { type: 'string', default: '100' }, durability: { type: 'string', default: 'disk' } },
})

const obstacle = powerCutObstacle()
if (obstacle === undefined) {
  const durability = values.durability === 'process' ? 'process' : 'disk'
  const report = await runPowerCuts({ cuts: Number(values.cuts), durability })
  process.stdout.write(`${JSON.stringify(report)}\n`)
  if (report.lost > 0 || report.torn > 0) process.exitCode = 1
} else {
  process.stdout.write(`SKIPPED: ${obstacle}\n`)
}
