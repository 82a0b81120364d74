import { Command, InvalidArgumentError } from 'commander'
import { ENGINE_IDS, engineIdsOf } from './engines/registry.ts'
import { isScenarioId } from './scenarios/registry.ts'
import type { ScenarioId, Settings } from './scenarios/scenario.ts'
import { SCENARIO_IDS } from './scenarios/scenario.ts'

export interface BenchOptions {
  readonly scenarios: readonly ScenarioId[]
  readonly engines: readonly string[]
  readonly settings: Settings
  readonly json: boolean
  readonly force: boolean
  readonly output: string | undefined
  /** Files to make the report from, instead of measuring; empty for the usual one. */
  readonly report: readonly string[] | undefined
}

interface Flags {
  readonly rounds: number
  readonly seconds: number
  readonly stallSeconds: number
  readonly records?: number
  readonly updates: number
  readonly durability: 'disk' | 'process'
  readonly engines: readonly string[]
  readonly json?: true
  readonly force?: true
  readonly output?: string
  readonly report?: true | readonly string[]
}

const UPDATES_DEFAULT = 1_000_000

/** @throws {CommanderError} for arguments that are wrong, and after the help was printed. */
export function parseOptions(argv: readonly string[], command: Command = new Command('bench')): BenchOptions {
  command
    .description(
      'Measures latchless and its peers in the same run, interleaved in rounds, each at a stated durability.',
    )
    .argument('[scenario...]', `which of ${SCENARIO_IDS.join(', ')}; all when none is named`, collectScenario)
    .option('--rounds <n>', 'how often everything is measured', wholeNumber(1, 1000), 5)
    .option('--seconds <s>', 'how long one measurement takes', number(0.2, 3600), 4)
    .option('--stall-seconds <s>', 'how long the writer of the scenario convoy is held up', number(0.5, 100), 10)
    .option(
      '--records <n>',
      'records of list, paths of memory-growth, and the most of scaling',
      wholeNumber(1, 10_000_000),
    )
    .option('--updates <n>', 'updates of memory-growth', wholeNumber(1, 1_000_000_000), UPDATES_DEFAULT)
    .option('--durability <level>', 'of the engines that have a choice: disk or process', level, 'disk')
    .option(
      '--engines <list>',
      'ids separated by commas; pg/* means all that start with pg/',
      chooseEngines,
      ENGINE_IDS,
    )
    .option('--output <file>', 'write the JSON lines into a file too')
    .option('--json', 'print JSON lines and nothing else')
    .option('--force', 'measure although the machine is busy')
    .option('--report [file...]', 'write docs/benchmarks.md from result files instead of measuring')
    .exitOverride()
    .parse([...argv], { from: 'user' })
  const flags = command.opts<Flags>()
  const { rounds, seconds, stallSeconds, records, updates, durability } = flags
  const scenarios = (command.processedArgs[0] ?? []) as readonly ScenarioId[]
  return {
    scenarios: scenarios.length > 0 ? SCENARIO_IDS.filter((id) => scenarios.includes(id)) : SCENARIO_IDS,
    engines: flags.engines,
    settings: { rounds, seconds, stallSeconds, ...(records === undefined ? {} : { records }), updates, durability },
    json: flags.json ?? false,
    force: flags.force ?? false,
    output: flags.output,
    report: flags.report === true ? [] : flags.report,
  }
}

function collectScenario(text: string, before: readonly ScenarioId[] | undefined): readonly ScenarioId[] {
  if (!isScenarioId(text)) throw new InvalidArgumentError(`Expected one of ${SCENARIO_IDS.join(', ')}.`)
  return [...(before ?? []), text]
}

function chooseEngines(text: string): readonly string[] {
  try {
    return engineIdsOf(text)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}

function level(text: string): 'disk' | 'process' {
  if (text !== 'disk' && text !== 'process') throw new InvalidArgumentError('Expected disk or process.')
  return text
}

function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!(value >= least && value <= most))
      throw new InvalidArgumentError(`Expected a number from ${least} to ${most}.`)
    return value
  }
}

function wholeNumber(least: number, most: number): (text: string) => number {
  const parse = number(least, most)
  return (text) => {
    const value = parse(text)
    if (!Number.isInteger(value)) throw new InvalidArgumentError('Expected a whole number.')
    return value
  }
}
