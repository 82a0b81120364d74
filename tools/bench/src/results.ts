import type { Measurement, Subject } from './measurement.ts'
import { keyOf } from './measurement.ts'
import type { ScenarioId } from './scenarios/scenario.ts'
import { median, spreadOf } from './statistics.ts'

/** The figures of a measurement of which medians are taken. */
export type Figure =
  | 'opsPerSecond'
  | 'p50Ms'
  | 'p99Ms'
  | 'p999Ms'
  | 'maxMs'
  | 'fairness'
  | 'failures'
  | 'loopStallMs'
  | 'rssMb'

const DURATIONS: ReadonlySet<Figure> = new Set(['p50Ms', 'p99Ms', 'p999Ms', 'maxMs'])

/** All rounds of one subject. */
export class SubjectResults {
  readonly subject: Subject
  readonly rounds: readonly Measurement[]

  constructor(subject: Subject, rounds: readonly Measurement[]) {
    this.subject = subject
    this.rounds = rounds
  }

  /** NaN for durations when a round had none to measure: that nothing came to its end must not look quick. */
  median(figure: Figure): number {
    if (DURATIONS.has(figure) && this.isIdle) return Number.NaN
    return median(this.rounds.map((round) => round[figure]))
  }

  /** NaN when the measurements do not have the figure. */
  medianDetail(name: string): number {
    return median(this.rounds.map((round) => round.details?.[name] ?? Number.NaN))
  }

  /** Of all rounds: the worst of a figure that must not occur at all. */
  total(figure: 'failures' | 'lost' | 'repeated'): number {
    return this.rounds.reduce((sum, round) => sum + round[figure], 0)
  }

  /** Whether nothing was done in a round. */
  get isIdle(): boolean {
    return this.rounds.some(({ opsPerSecond }) => opsPerSecond === 0)
  }

  get spread(): number {
    return spreadOf(this.rounds.map(({ opsPerSecond }) => opsPerSecond))
  }
}

/** Measurements by subject, in the order in which the subjects were first measured. */
export class Results {
  readonly subjects: readonly SubjectResults[]

  constructor(measurements: readonly Measurement[]) {
    const bySubject = Map.groupBy(measurements, keyOf)
    this.subjects = [...bySubject.values()].flatMap((rounds) =>
      rounds[0] ? [new SubjectResults(rounds[0], rounds)] : [],
    )
  }

  /** How many rounds of a scenario were measured. */
  roundsOf(scenario: ScenarioId): number {
    return Math.max(0, ...this.where({ scenario }).flatMap(({ rounds }) => rounds.map(({ round }) => round)))
  }

  where(condition: Partial<Subject>): SubjectResults[] {
    const wanted = Object.entries(condition)
    return this.subjects.filter(({ subject }) =>
      wanted.every(([name, value]) => subject[name as keyof Subject] === value),
    )
  }

  /** The only subject that meets the condition; `undefined` when there is none or several. */
  one(condition: Partial<Subject>): SubjectResults | undefined {
    const found = this.where(condition)
    return found.length === 1 ? found[0] : undefined
  }
}
