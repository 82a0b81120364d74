import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from './fixture.ts'
import { runStorm } from './storm-run.ts'

const SECONDS = 5
const SEED = 20_240_611

describe('a storm of eight processes, some killed and some stopped', () => {
  test.each(['process', 'disk'] as const)('loses, doubles and tears nothing (durability %s)', async (durability) => {
    const directory = await temporaryDirectory()
    const report = await runStorm({ directory, seconds: SECONDS, seed: SEED, processes: 8, durability })
    const again = `node --conditions=@latchless/source packages/filesystem/tests/local/storm.ts --seconds 60 --seed ${SEED} --durability ${durability}`
    expect(report, again).toMatchObject({ lost: 0, duplicated: 0, failures: [] })
    expect(report.acknowledged).toBeGreaterThan(50)
    expect(report.kills + report.stops).toBeGreaterThan(5)
  })
})
