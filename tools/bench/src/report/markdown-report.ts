import type { BarResult } from '../bars/bar.ts'
import { judgeBars } from '../bars/judge-bars.ts'
import type { Header } from '../header.ts'
import { explainLeftOut } from '../measurement.ts'
import { Results } from '../results.ts'
import { scenarioOf } from '../scenarios/registry.ts'
import type { ScenarioId } from '../scenarios/scenario.ts'
import { SCENARIO_IDS } from '../scenarios/scenario.ts'
import { markdownTable } from './format.ts'
import type { StoredResults } from './result-file.ts'
import { relationMeaning, scenarioTable } from './scenario-table.ts'

const BEGIN = '<!-- results -->'
const END = '<!-- /results -->'

/** The document with what stands between its markers replaced. */
export function replaceResults(document: string, results: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`Cannot write the report: the document lacks ${BEGIN} and ${END}`)
  return `${document.slice(0, begin + BEGIN.length)}\n${results.trim()}\n${document.slice(end)}`
}

/** Everything that was measured, as Markdown. `pictures` are paths relative to the document. */
export function markdownReport(stored: StoredResults, pictures: readonly string[]): string {
  const results = new Results(stored.measurements)
  const measured = SCENARIO_IDS.filter((id) => results.where({ scenario: id }).length > 0)
  return [
    '### Machine and runs',
    ...stored.headers.map(machineOf),
    '### Bars',
    barsTable(judgeBars(stored.measurements, measured)),
    ...pictures.map((path) => `<img src="${path}" alt="${alternativeOf(path)}" width="860">`),
    '### Measurements',
    'Medians of the rounds. `survives`: what an acknowledged update survives, `disk` the loss of power, `process` the death ' +
      'of the process. `spread`: (greatest − least) / median of the operations. `fairness`: fewest / most operations of a ' +
      'process, or of a writer where there is one process. `loop`: the longest time that an event loop was not served. ' +
      '`failures` and `lost` are sums over the rounds.',
    ...measured.map((id) => scenarioSection(results, id, stored)),
    ...leftOutEverywhere(stored),
  ].join('\n\n')
}

function machineOf({
  command,
  commit,
  modified,
  node,
  system,
  cpu,
  cpus,
  memoryMb,
  fileSystem,
  ...rest
}: Header): string {
  const { load, forced, time } = rest
  return [
    `- \`${command}\` at ${time}`,
    `- commit \`${commit}\`${modified ? ' with changes' : ''}, Node ${node}, ${system}`,
    `- ${cpus} × ${cpu}, ${memoryMb} MB of memory, stores on ${fileSystem}`,
    `- load averages before: ${load.join(', ')}${forced ? '. **The machine was busy; the comparisons are not reliable.**' : ''}`,
  ].join('\n')
}

function barsTable(bars: readonly BarResult[]): string {
  const rows = bars.map(({ verdict, scenario, engine, bar, measured }) => [
    verdict === 'miss' ? '**miss**' : verdict,
    scenario,
    engine,
    bar,
    measured,
  ])
  return markdownTable(['bar', 'scenario', 'engine', 'has to be', 'is'], rows, 5)
}

function scenarioSection(results: Results, id: ScenarioId, { leftOut, measurements }: StoredResults): string {
  const { header, rows } = scenarioTable(results, id)
  const rounds = Math.max(...measurements.filter(({ scenario }) => scenario === id).map(({ round }) => round))
  const missing = explainLeftOut(leftOut.filter(({ scenario }) => scenario === id)).map((line) => `- left out: ${line}`)
  return [
    `#### ${id}`,
    `${scenarioOf(id).title}. Rounds: ${rounds}. \`relation\`: ${relationMeaning(id)}.`,
    markdownTable(header, rows),
    ...(missing.length > 0 ? [missing.join('\n')] : []),
  ].join('\n\n')
}

function leftOutEverywhere({ leftOut }: StoredResults): string[] {
  const all = explainLeftOut(leftOut.filter(({ scenario }) => scenario === '*')).map((line) => `- ${line}`)
  return all.length === 0 ? [] : ['#### Not measured at all', all.join('\n')]
}

function alternativeOf(path: string): string {
  return (path.split('/').at(-1) ?? path).replace('.svg', '').replaceAll('-', ' ')
}
