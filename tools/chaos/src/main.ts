import { resolve } from 'node:path'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { BrokenRun } from './broken-run.ts'
import { runChaos } from './chaos.ts'
import type { Sabotage } from './faults/sabotage.ts'
import { SABOTAGE_EVERY_DEFAULT, SABOTAGES } from './faults/sabotage.ts'
import type { Backend } from './options.ts'
import { BACKENDS, MODES } from './options.ts'
import { formatReport } from './report.ts'
import type { Mode } from './workload/client.ts'

interface Options {
  readonly backend: Backend
  readonly seconds: number
  readonly seed: number
  readonly mode: Mode
  readonly directory?: string
  readonly sabotage?: Sabotage
  readonly sabotageEvery: number
  readonly keep?: true
  readonly json?: true
}

const EXIT = { passed: 0, violated: 1, usage: 2, broken: 70 } as const
const SIGNAL_EXITS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** Somebody ended the run from outside. */
class Interrupted extends Error {
  readonly exitCode: number

  constructor(exitCode: number) {
    super('interrupted')
    this.exitCode = exitCode
  }
}

const command = new Command('chaos')
  .description('Breaks everything around a store while workers use it, and checks what they saw.')
  .addOption(new Option('--backend <name>', 'the store').choices(BACKENDS).makeOptionMandatory())
  .option('--seconds <n>', 'how long the workers work', numberFrom(1, 86_400), 60)
  .option('--seed <n>', 'what random choices begin with', numberFrom(0, 2 ** 32 - 1), 1)
  .addOption(new Option('--mode <mode>', 'how casUpdate is used').choices(MODES).default('combine'))
  .option('--directory <path>', 'where to make the store of local and sqlite; by default on a tmpfs of its own')
  .addOption(new Option('--sabotage <bug>', 'put in a bug that has to be found').choices(SABOTAGES))
  .option('--sabotage-every <n>', 'one put in so many', numberFrom(1, 1e9), SABOTAGE_EVERY_DEFAULT)
  .option('--keep', 'keep histories and traces without violations too')
  .option('--json', 'print one JSON object on one line and nothing else')
  .exitOverride()

const exitCode = await main()
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((flushed) => stream.write('', flushed))))
// Not left to end by itself: after very many cut connections Node was seen to go round in its own cleanup for ever.
process.exit(exitCode)

async function main(): Promise<number> {
  const interruption = new AbortController()
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe)
  for (const [signal, code] of Object.entries(SIGNAL_EXITS)) {
    process.on(signal, () => interruption.abort(new Interrupted(code)))
  }
  try {
    const options = command.parse().opts<Options>()
    const { backend, seconds, seed, mode, directory, sabotage, sabotageEvery: every } = options
    const report = await runChaos({
      backend,
      seconds,
      seed,
      mode,
      ...(directory === undefined ? {} : { storeParent: resolve(process.env['INIT_CWD'] ?? process.cwd(), directory) }),
      ...(sabotage === undefined ? {} : { sabotage: { sabotage, every } }),
      keep: options.keep,
      signal: interruption.signal,
      onProgress: (text) => {
        if (process.stderr.isTTY) process.stderr.write(`\r${text}\u001b[K`)
      },
    })
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
    process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : formatReport(report))
    return report.violations.length > 0 ? EXIT.violated : EXIT.passed
  } catch (error) {
    return explain(error)
  }
}

function explain(error: unknown): number {
  // Commander has printed its own message or help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage
  if (error instanceof Interrupted) return error.exitCode
  if (!(error instanceof BrokenRun)) process.stderr.write(`${inWords(error)}\n`)
  else {
    const { cause, histories, reproduce } = error
    const kept = histories === undefined ? [] : [`histories: ${histories}`]
    process.stderr.write(`${[inWords(cause), ...kept, `again: ${reproduce}`].join('\n')}\n`)
  }
  return EXIT.broken
}

function inWords(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

function numberFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (Number.isInteger(value) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`)
  }
}
