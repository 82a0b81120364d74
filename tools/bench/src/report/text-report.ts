import type { BarResult } from '../bars/bar.ts'
import type { LeftOut, Measurement } from '../measurement.ts'
import { explainLeftOut } from '../measurement.ts'
import { Results } from '../results.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import { textTable } from './format.ts'
import { relationMeaning, scenarioTable } from './scenario-table.ts'

/** A scenario's medians for the terminal. */
export function scenarioText(
  { id, title }: Scenario,
  measurements: readonly Measurement[],
  leftOut: readonly LeftOut[],
): string {
  const { header, rows } = scenarioTable(new Results(measurements), id)
  const missing = leftOut.filter(({ scenario }) => scenario === id)
  return [
    `\n${id}: ${title}`,
    `Medians of the rounds; relation: ${relationMeaning(id)}.`,
    ...(rows.length > 0 ? [textTable(header, rows)] : []),
    ...explainLeftOut(missing).map((line) => `left out: ${line}`),
    '',
  ].join('\n')
}

export function barsText(bars: readonly BarResult[]): string {
  const rows = bars.map(({ verdict, scenario, engine, bar, measured }) => [verdict, scenario, engine, bar, measured])
  return rows.length === 0 ? '' : `\n${textTable(['bar', 'scenario', 'engine', 'has to be', 'is'], rows, 5)}\n`
}
