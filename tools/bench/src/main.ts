import { createWriteStream } from 'node:fs'
import { resolve } from 'node:path'
import { loadavg, cpus } from 'node:os'
import { CommanderError } from 'commander'
import { judgeBars } from './bars/judge-bars.ts'
import { busyReason, headerOf } from './header.ts'
import type { LeftOut, Measurement } from './measurement.ts'
import { nameOf } from './measurement.ts'
import type { BenchOptions } from './options.ts'
import { parseOptions } from './options.ts'
import { Places } from './place.ts'
import { barsText, scenarioText } from './report/text-report.ts'
import { RESULT_FILE, writeReport } from './report/write-report.ts'
import { loadEngines, runScenario } from './run-scenario.ts'
import { scenarioOf } from './scenarios/registry.ts'
import type { Plan } from './scenarios/scenario.ts'

/** 1: an update of ours was lost or done twice. A bar that is missed is a result and no failure. */
const EXIT = { measured: 0, wrong: 1, usage: 2, broken: 70, interrupted: 130 } as const

process.exitCode = await main(process.argv.slice(2))

async function main(argv: readonly string[]): Promise<number> {
  const interruption = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => interruption.abort())
  // Whoever reads the output may stop early, as `head` does.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe)
  try {
    const options = parseOptions(argv)
    if (options.report) return await report(options.report)
    const busy = busyReason(loadavg(), cpus().length)
    if (busy !== undefined && !options.force) {
      process.stderr.write(`Cannot compare: ${busy}; wait, or use --force and do not trust the relations\n`)
      return EXIT.usage
    }
    return await run(options, argv, busy, interruption.signal)
  } catch (error) {
    if (interruption.signal.aborted) return EXIT.interrupted
    // Commander has printed its own message or help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return EXIT.broken
  }
}

async function report(files: readonly string[]): Promise<number> {
  const written = await writeReport(files.length > 0 ? files.map(fromCaller) : [RESULT_FILE])
  for (const file of written) process.stdout.write(`${file}\n`)
  return EXIT.measured
}

async function run(
  options: BenchOptions,
  argv: readonly string[],
  busy: string | undefined,
  signal: AbortSignal,
): Promise<number> {
  const warning = busy === undefined ? '' : `WARNING: ${busy}. The relations below are not reliable.\n`
  const measurements: Measurement[] = []
  const leftOut: LeftOut[] = []
  const lines = linesOf(options)
  lines.write(await headerOf(options.settings, ['pnpm bench', ...argv].join(' '), busy !== undefined))
  process.stderr.write(warning)
  const onLeftOut = (missing: LeftOut) => {
    leftOut.push(missing)
    lines.write(missing)
    if (missing.round !== undefined || missing.scenario === '*')
      process.stderr.write(`left out: ${missing.engine}: ${missing.reason}\n`)
  }
  const engines = await loadEngines(options.engines, onLeftOut)
  await using places = new Places()
  for (const id of options.scenarios) {
    const scenario = scenarioOf(id)
    const events = {
      onLeftOut,
      onMeasurement(measurement: Measurement) {
        measurements.push(measurement)
        lines.write(measurement)
      },
      onStart({ subject }: Plan, round: number, rounds: number) {
        process.stderr.write(`${id} ${round}/${rounds} ${nameOf(subject)} (${subject.durability})\n`)
      },
    }
    await runScenario(scenario, engines, options.settings, places, events, signal)
    if (!options.json) process.stdout.write(warning + scenarioText(scenario, measurements, leftOut))
  }
  const bars = judgeBars(measurements, options.scenarios).filter(({ engine }) => options.engines.includes(engine))
  for (const bar of bars) lines.write(bar)
  if (!options.json) process.stdout.write(warning + barsText(bars))
  await lines.close()
  return measurements.some(isWrong) ? EXIT.wrong : EXIT.measured
}

function isWrong({ engine, lost, repeated }: Measurement): boolean {
  return engine.startsWith('latchless/') && lost + repeated > 0
}

/** Where the JSON lines go: to the standard output, to a file, to both or nowhere. */
function linesOf({ json, output }: BenchOptions): { write(line: object): void; close(): Promise<void> } {
  const file = output === undefined ? undefined : createWriteStream(fromCaller(output))
  return {
    write(line) {
      const text = `${JSON.stringify(line)}\n`
      file?.write(text)
      if (json) process.stdout.write(text)
    },
    async close() {
      if (file) await new Promise<void>((done) => file.end(done))
    },
  }
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

// A package manager runs scripts in the package's directory and remembers where the person stood.
function fromCaller(path: string): string {
  return resolve(process.env['INIT_CWD'] ?? process.cwd(), path)
}
