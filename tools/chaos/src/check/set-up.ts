import type { Finding } from '../report.ts'
import type { Successes, Work } from './successes.ts'

export interface SetUp {
  readonly seconds: number
  readonly operations: number
  readonly successes: Successes
  /** What the backend can do. */
  readonly works: readonly Work[]
  /** What was to be done to the run one after the other, and what its calls were to meet. */
  readonly disturbances: readonly string[]
  readonly callFaults: readonly string[]
  /** How often each was. */
  readonly faults: Readonly<Record<string, number>>
}

/** From so many operations on, each kind of work was tried dozens of times. */
const OPERATIONS_ENOUGH = 1000
/** After so long, each kind of work was tried often even on a slow machine. */
const SECONDS_ENOUGH = 15
/** Each disturbance has its turn in the first four seconds; this is a multiple of it, for a machine that is busy. */
const SECONDS_DISTURBED = 20
/** Each worker meets each kind of fault in its first hundred calls. */
const OPERATIONS_FAULTY = 2000

/** Whether a run did enough for its silence to mean something. A short run on a slow machine is asked for less. */
export function checkSetUp({
  seconds,
  operations,
  successes,
  works,
  disturbances,
  callFaults,
  faults,
}: SetUp): Finding[] {
  const report = (message: string): Finding => ({ check: 'set-up', path: '/', message })
  const succeeded = works.filter((work) => successes[work] > 0)
  if (succeeded.length === 0) return [report('nothing succeeded, so nothing is proven')]
  const findings: Finding[] = []
  if (operations >= OPERATIONS_ENOUGH || seconds >= SECONDS_ENOUGH) {
    for (const work of works) {
      if (!succeeded.includes(work)) findings.push(report(`no ${work} succeeded, so nothing is proven of it`))
    }
  }
  if (seconds < SECONDS_DISTURBED) return findings
  for (const kind of operations < OPERATIONS_FAULTY ? disturbances : [...disturbances, ...callFaults]) {
    if ((faults[kind] ?? 0) === 0) findings.push(report(`${kind} never happened, so nothing is proven under it`))
  }
  return findings
}
