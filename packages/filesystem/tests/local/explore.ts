import { parseArgs } from 'node:util'
import { allScenarios } from './scenarios.ts'
import { exploreAll, exploreRandomly } from './schedules.ts'

// More schedules than the tests have time for:
//   node --conditions=@latchless/source packages/filesystem/tests/local/explore.ts --preemptions 3 --schedules 100000 --seed 1
const { values } = parseArgs({
  options: {
    preemptions: { type: 'string', default: '2' },
    schedules: { type: 'string', default: '50000' },
    seed: { type: 'string', default: '1' },
  },
})
const schedules = Number(values.schedules)

for (const scenario of allScenarios) {
  const all = await exploreAll(scenario, { preemptionsMax: Number(values.preemptions), schedulesMax: schedules })
  const random = all.broken ? all : await exploreRandomly(scenario, { seed: Number(values.seed), schedules })
  const reach = all.complete ? 'all' : 'the first'
  process.stdout.write(`${scenario.name}: ${reach} ${all.schedules} bounded schedules, ${random.schedules} random\n`)
  if (!random.broken) continue
  process.stdout.write(
    `${[...random.broken.violations.map(({ message }) => message), ...random.broken.trace].join('\n')}\n`,
  )
  process.exitCode = 1
}
