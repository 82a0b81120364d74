import type { Command } from 'commander'
import type { CopyCommandOptions } from '../commands/copy.ts'
import type { Run } from './run.ts'

export function addCopy(program: Command, run: Run): void {
  program
    .command('copy <from> <to>')
    .description('copy the live state of a store into another and read it back; run it again to go on')
    .option('--prefix <path>', 'only records below this path')
    .option('--log <path...>', 'logs to copy, by name')
    .option('--overwrite', 'write over what is different in the target')
    .option('--dry-run', 'write nothing, tell what would be done')
    .option('--no-verify', 'do not read back')
    .action((from: string, to: string, options: CopyCommandOptions, command: Command) =>
      run(command, async (context) => (await import('../commands/copy.ts')).copy(context, from, to, options)),
    )
}
