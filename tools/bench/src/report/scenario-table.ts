import { familyOf } from '../engines/family.ts'
import { nameOf } from '../measurement.ts'
import type { Results, SubjectResults } from '../results.ts'
import type { ScenarioId } from '../scenarios/scenario.ts'
import { formatNumber } from './format.ts'

const HEADER = [
  'engine',
  'survives',
  'per second',
  'spread',
  'relation',
  'p50 ms',
  'p99 ms',
  'p99.9 ms',
  'max ms',
  'fairness',
  'failures',
  'loop ms',
  'RSS MB',
  'lost',
] as const

/** Scenarios in which one quantity varies and an engine is compared with itself. */
const CURVES: ReadonlySet<ScenarioId> = new Set(['history-depth', 'list', 'scaling', 'stores'])

/** What the column `relation` means in a scenario. */
export function relationMeaning(scenario: ScenarioId): string {
  if (scenario === 'convoy') return 'p99 against that without a disturbance'
  if (CURVES.has(scenario)) return "operations against the engine's first row of the kind"
  return 'operations against ours on the same kind of store'
}

/** The rounds' medians of a scenario, a row for each subject. */
export function scenarioTable(
  results: Results,
  scenario: ScenarioId,
): { readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] } {
  const subjects = results.where({ scenario })
  return { header: HEADER, rows: subjects.map((subject) => rowOf(subject, referenceOf(subject, subjects))) }
}

function rowOf(result: SubjectResults, reference: SubjectResults | undefined): string[] {
  const figure = result.subject.scenario === 'convoy' ? 'p99Ms' : 'opsPerSecond'
  const relation = reference ? `${formatNumber(result.median(figure) / reference.median(figure))} ×` : '–'
  const wrong = result.total('lost') + result.total('repeated')
  return [
    nameOf(result.subject),
    result.subject.durability,
    formatNumber(result.median('opsPerSecond')),
    `${Math.round(result.spread * 100)} %`,
    relation,
    formatNumber(result.median('p50Ms')),
    formatNumber(result.median('p99Ms')),
    formatNumber(result.median('p999Ms')),
    formatNumber(result.median('maxMs')),
    formatNumber(result.median('fairness')),
    formatNumber(result.total('failures')),
    formatNumber(result.median('loopStallMs')),
    formatNumber(result.median('rssMb')),
    wrong === 0 ? '0' : `${result.total('lost')} LOST, ${result.total('repeated')} TWICE`,
  ]
}

function referenceOf({ subject }: SubjectResults, all: readonly SubjectResults[]): SubjectResults | undefined {
  const sameEngine = all.filter(
    (other) => other.subject.engine === subject.engine && other.subject.mode === subject.mode,
  )
  if (subject.scenario === 'convoy') return sameEngine.find((other) => other.subject.variant === 'stall=none')
  if (CURVES.has(subject.scenario)) {
    // Of what is varied only the number differs, and an operation of a store is compared with itself in a new one.
    return sameEngine.find((other) => dimensionOf(other.subject.variant) === dimensionOf(subject.variant))
  }
  return all.find(
    (other) =>
      other.subject.mode === 'combine' &&
      other.subject.variant === '' &&
      other.subject.engine.startsWith('latchless/') &&
      familyOf(other.subject.engine) === familyOf(subject.engine),
  )
}

function dimensionOf(variant: string): string {
  return variant.split(/[=,]|-after-/)[0] ?? ''
}
