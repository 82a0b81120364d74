import { type Command, Option } from 'commander'
import type { CatOptions } from '../commands/cat.ts'
import type { DiffOptions } from '../commands/diff.ts'
import type { HistoryOptions } from '../commands/history.ts'
import { collected, positiveInteger, type Run, versionNumber } from './run.ts'

export function addRecordCommands(program: Command, run: Run): void {
  program
    .command('cat <path[@version]>')
    .description('print one version of a record')
    .option('--raw', 'the bytes themselves; the only output that is not escaped')
    .option('--hex', 'offsets, bytes and printable characters')
    .option('--pretty', 'JSON over several lines')
    .option('--meta', 'everything but the body')
    .option('--reveal', 'show secrets too')
    .option('-o, --output <file>', 'write to a file, which is replaced as a whole')
    .action((path: string, options: CatOptions, command: Command) =>
      run(command, async (context) => (await import('../commands/cat.ts')).cat(context, path, options)),
    )
  program
    .command('history <path>')
    .description('list the retained versions of a record, newest first')
    .option('--from <version>', 'the oldest to list', versionNumber)
    .option('--to <version>', 'the newest to list', versionNumber)
    .option(
      '--since <time>',
      'only versions written since, by the clocks of their writers: -5m, 14:30, 2026-11-21T14:30Z',
    )
    .option('--limit <n>', 'stop after n versions', positiveInteger)
    .action((path: string, options: HistoryOptions, command: Command) =>
      run(command, async (context) => (await import('../commands/history.ts')).history(context, path, options)),
    )
  program
    .command('diff <path[@a]> [path[@b]]')
    .description('compare two versions; by default the previous one with the head. "-" is what is piped in')
    .addOption(
      new Option('--format <format>', 'how to compare').choices(['unified', 'json-patch', 'structural', 'side']),
    )
    .option('--ignore <pointer>', 'leave out a part of JSON bodies, such as /updatedAt; can be repeated', collected)
    .option('--exit-code', 'exit 1 when they differ')
    .option('--reveal', 'show secrets too')
    .action((from: string, to: string | undefined, options: DiffOptions, command: Command) =>
      run(command, async (context) => (await import('../commands/diff.ts')).diff(context, from, to, options)),
    )
}
