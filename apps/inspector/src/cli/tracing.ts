import type { Command } from 'commander'
import type { TuiSettings } from '../commands/tui.ts'
import type { ContentionCommandOptions } from '../commands/contention.ts'
import type { RecordCommandOptions } from '../commands/record.ts'
import { collected, duration, positiveInteger, type Run } from './run.ts'

export function addTracing(program: Command, run: Run): void {
  program
    .command('record [prefix]')
    .description('record what is committed, as a trace that replay can show')
    .requiredOption('-o, --output <file>', 'a new file, such as night.castrace.jsonl')
    .option('--for <time>', 'stop after this time: 30s, 5m', duration)
    .option('--max <n>', 'stop after n commits', positiveInteger)
    .action((prefix: string | undefined, options: RecordCommandOptions, command: Command) =>
      run(command, async (context) => (await import('../commands/record.ts')).record(context, prefix, options)),
    )
  program
    .command('contention [prefix]')
    .description('tell which records are fought over, and how; on a terminal it opens the screen')
    .option('--trace <file>', 'a trace or a directory of traces, followed while they grow; can be repeated', collected)
    .option('--for <time>', 'look for this time and print a summary: 30s, 5m', duration)
    .action((prefix: string | undefined, options: ContentionCommandOptions, command: Command) =>
      run(command, async (context) =>
        (await import('../commands/contention.ts')).contention(context, prefix, {
          ...options,
          settings: command.optsWithGlobals<TuiSettings>(),
        }),
      ),
    )
}
