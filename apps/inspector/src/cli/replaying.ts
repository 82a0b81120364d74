import { type Command, InvalidArgumentError, Option } from 'commander'
import type { ReplayOptions } from '../commands/replay.ts'
import type { RerunOptions } from '../commands/rerun.ts'
import type { TuiSettings } from '../commands/tui.ts'
import { InspectorError } from '../inspector-error.ts'
import { parsePolicy, POLICY_ARGUMENT, type Policy } from '../whatif/policy.ts'
import type { Run } from './run.ts'

type Options = ReplayOptions & Partial<RerunOptions> & TuiSettings

export function addReplay(program: Command, run: Run): void {
  program
    .command('replay [file...]')
    .description('replay traces of updates: on the screen, as figures or event by event; or run them again')
    .option('--stats', 'print figures, as without a terminal')
    .option('--events', 'print every event')
    .option('--from <time>', 'only from here on: 1.375s, 50%, v418, or a time')
    .option('--to <time>', 'only up to here')
    .option('--key <path>', 'only this record')
    .addOption(new Option('--by <what>', 'figures for each of them too').choices(['writer', 'key', 'op']))
    .addOption(
      new Option('--what-if <policy>', `a model of it under another policy (repeatable): ${POLICY_ARGUMENT}`).argParser(
        (text: string, before?: readonly Policy[]) => [...(before ?? []), parsePolicy(text)],
      ),
    )
    .option('--run <url>', 'run the recorded updates again in a scratch area of this store')
    .addOption(new Option('--mode <mode>', 'how the updates are run again').choices(['combine', 'plain']))
    .option('--speed <n>', 'so many times as fast as it was recorded', positiveNumber)
    .option('-o, --output <file>', 'with --run: a new file for the trace of this run')
    .action((files: string[], _options: object, command: Command) =>
      run(command, async (context) => {
        const options = command.optsWithGlobals<Options>()
        refuseUnused(options)
        if (options.run !== undefined) {
          if (files.length === 0) throw unnamed()
          const { rerun } = await import('../commands/rerun.ts')
          return await rerun(context, files, { ...options, run: options.run })
        }
        const isPlain = options.stats || options.events || options.by !== undefined || options.whatIf || context.json
        if (!isPlain && context.io.stdout.isTTY) {
          const { tui } = await import('../commands/tui.ts')
          const { from, to, key } = options
          const { refuseInverted } = await import('../trace/named-window.ts')
          refuseInverted({ from, to })
          return await tui(context, options, {
            to: 'replay',
            files,
            ...(from === undefined && to === undefined ? {} : { window: { from, to } }),
            ...(key === undefined ? {} : { path: key }),
          })
        }
        if (files.length === 0) throw unnamed()
        const { replay } = await import('../commands/replay.ts')
        return await replay(context, files, options)
      }),
    )
}

const ONLY_TO_RUN = ['mode', 'speed', 'output'] as const
const ONLY_TO_SHOW = ['stats', 'events', 'from', 'to', 'key', 'by', 'whatIf'] as const
const OTHER_FIGURES = ['stats', 'events', 'by'] as const

function refuseUnused(options: Options): void {
  const isRun = options.run !== undefined
  const unused = (isRun ? ONLY_TO_SHOW : ONLY_TO_RUN).find((name) => options[name] !== undefined)
  const other = options.whatIf && OTHER_FIGURES.find((name) => options[name] !== undefined)
  if (unused === undefined && other === undefined) return
  const name = unused === 'whatIf' ? 'what-if' : (unused ?? other)
  const ofRun = isRun ? 'all that was recorded is run again' : 'it needs --run'
  throw new InspectorError(
    'usage',
    `Cannot replay with --${name}: ${unused === undefined ? '--what-if prints figures of its own' : ofRun}`,
  )
}

function unnamed(): InspectorError {
  return new InspectorError('usage', 'Cannot replay: no trace is named', '`inspector replay FILE`, or - for stdin')
}

function positiveNumber(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('It must be a number above 0.')
}
