import { type Command, Option } from 'commander'
import type { ExportOptions } from '../commands/export.ts'
import type { Run } from './run.ts'

export function addExport(program: Command, run: Run): void {
  program
    .command('export [path]')
    .description('write records to a file or to stdout: one at a path, and all below it')
    .addOption(
      new Option('--format <format>', 'of records: jsonl, csv or md; of a trace: trace or chrome-trace')
        .choices(['jsonl', 'csv', 'md', 'trace', 'chrome-trace'])
        .default('jsonl'),
    )
    .option('--trace <file...>', 'export traces instead of records')
    .option('--from <time>', 'of a trace: only from here on: 1.375s, 50%, v418, or a time')
    .option('--to <time>', 'of a trace: only up to here')
    .option('--key <path>', 'of a trace: only this record')
    .option('-o, --output <file>', 'write to a file, which is replaced as a whole')
    .action((path: string | undefined, options: ExportOptions, command: Command) =>
      run(command, async (context) => (await import('../commands/export.ts')).exportRecords(context, path, options)),
    )
}
