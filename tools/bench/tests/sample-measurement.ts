import type { Measurement } from '@latchless/bench'

/** A measurement in which all went well, with what a test wants different. */
export function sampleMeasurement(
  different: Partial<Measurement> & Pick<Measurement, 'scenario' | 'engine'>,
): Measurement {
  return {
    mode: 'combine',
    variant: '',
    durability: 'disk',
    round: 1,
    opsPerSecond: 1000,
    p50Ms: 1,
    p99Ms: 10,
    p999Ms: 20,
    maxMs: 30,
    fairness: 1,
    failures: 0,
    loopStallMs: 1,
    rssMb: 100,
    acknowledged: 1000,
    lost: 0,
    repeated: 0,
    ...different,
  }
}
