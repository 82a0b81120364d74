import type { Results, SubjectResults } from '../results.ts'
import type { ScenarioId } from '../scenarios/scenario.ts'
import type { Figure } from '../results.ts'
import { significant } from '../statistics.ts'

/** A promise about a figure, judged. Something that was not measured is neither kept nor broken. */
export interface BarResult {
  readonly type: 'bar'
  readonly scenario: ScenarioId
  readonly engine: string
  /** What has to hold, in words. */
  readonly bar: string
  readonly verdict: 'pass' | 'miss' | 'not measured'
  /** What was measured, in words; empty when nothing was. */
  readonly measured: string
}

export type Bar = (results: Results) => readonly BarResult[]

interface Question {
  readonly scenario: ScenarioId
  readonly engine: string
  readonly bar: string
  /** What is judged; `undefined` or not finite when a part of it was not measured. */
  readonly value: number | undefined
  readonly atLeast?: number
  readonly atMost?: number
  readonly unit?: string
  /** Figures behind the value. */
  readonly from?: string
}

export function judge({ scenario, engine, bar, value, atLeast, atMost, unit = '', from }: Question): BarResult {
  if (value === undefined || !Number.isFinite(value)) {
    return { type: 'bar', scenario, engine, bar, verdict: 'not measured', measured: '' }
  }
  const kept = (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost)
  const measured = `${significant(value, 3)}${unit}${from === undefined ? '' : ` (${from})`}`
  return { type: 'bar', scenario, engine, bar, verdict: kept ? 'pass' : 'miss', measured }
}

/** The value of a question that sets two subjects in relation, with the medians it comes from. */
export function relation(
  ours: SubjectResults | undefined,
  theirs: SubjectResults | undefined,
  figure: Figure,
): Pick<Question, 'value' | 'unit' | 'from'> {
  if (!ours || !theirs) return { value: undefined }
  const [a, b] = [ours.median(figure), theirs.median(figure)]
  return { value: a / b, unit: ' ×', from: `${significant(a, 3)} against ${significant(b, 3)}` }
}

/** The one that does most. */
export function bestOf(candidates: readonly SubjectResults[]): SubjectResults | undefined {
  return candidates.toSorted((a, b) => b.median('opsPerSecond') - a.median('opsPerSecond'))[0]
}

/** Ours in its default mode. */
export function oursIn(
  results: Results,
  scenario: ScenarioId,
  engine: string,
  variant = '',
): SubjectResults | undefined {
  return results.one({ scenario, engine, mode: 'combine', variant })
}
