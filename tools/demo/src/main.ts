import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { offerReplay } from './offer-replay.ts'
import { ProgressLine } from './progress.ts'
import { formatReport } from './report.ts'
import { absoluteStoreUrl, DemoRefused } from './store.ts'
import type { StormResult } from './storm.ts'
import { runStorm } from './storm.ts'
import { summarize } from './summary.ts'

interface Options {
  readonly store?: string
  readonly seconds: number
  readonly json?: true
}

const EXIT = { proven: 0, notProven: 1, usage: 2, broken: 70 } as const
const SIGNAL_EXITS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** Somebody ended the demo from outside. */
class Interrupted extends Error {
  readonly exitCode: number

  constructor(exitCode: number) {
    super('interrupted')
    this.exitCode = exitCode
  }
}

const command = new Command('demo')
  .description('Lets 4 processes × 4 writers update shared records, kills one, stops one, and proves the result.')
  .option('--store <url>', 'a store to use instead of a new one in a temporary directory')
  .option('--seconds <n>', 'how long the writers work', parseSeconds, 6)
  .option('--json', 'print one JSON object on one line and nothing else')
  .exitOverride()

process.exitCode = await main()

async function main(): Promise<number> {
  const interruption = new AbortController()
  // Whoever reads the output may stop early, as `head` does; the proof and the exit code still count.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe)
  for (const [signal, code] of Object.entries(SIGNAL_EXITS)) {
    process.on(signal, () => interruption.abort(new Interrupted(code)))
  }
  try {
    const options = command.parse().opts<Options>()
    const result = await run(options, interruption.signal)
    process.stdout.write(options.json ? `${JSON.stringify(summarize(result))}\n` : formatReport(result))
    if (!options.json) await offerReplay(result.tracePath, result.storeUrl, interruption.signal)
    return exitCodeOf(result)
  } catch (error) {
    return explain(error)
  }
}

async function run(options: Options, signal: AbortSignal): Promise<StormResult> {
  // A package manager runs scripts in the package's directory and remembers where the person stood.
  const base = process.env['INIT_CWD'] ?? process.cwd()
  const storeUrl = options.store === undefined ? undefined : absoluteStoreUrl(options.store, base)
  const progress = new ProgressLine(process.stderr)
  const quiet = options.json && !process.stderr.isTTY
  try {
    return await runStorm({
      storeUrl,
      seconds: options.seconds,
      signal,
      onProgress: (event) => {
        if (!quiet) progress.show(event)
      },
    })
  } finally {
    progress.clear()
  }
}

function exitCodeOf({ proof }: StormResult): number {
  if (proof.lost > 0 || proof.duplicated > 0) return EXIT.notProven
  // Nothing lost out of nothing proves nothing.
  return proof.acknowledged > 0 ? EXIT.proven : EXIT.broken
}

function explain(error: unknown): number {
  // Commander has printed its own message or help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage
  if (error instanceof Interrupted) return error.exitCode
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  return error instanceof DemoRefused ? EXIT.usage : EXIT.broken
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (!(seconds >= 1 && seconds <= 3600)) throw new InvalidArgumentError('Expected a number from 1 to 3600.')
  return seconds
}
