import type { Command } from 'commander'
import type { WritingOptions } from '../commands/confirmed.ts'
import type { Run } from './run.ts'

export function addWriting(program: Command, run: Run): void {
  confirmable(program.command('revert <path@version>'))
    .description('write the content of an earlier version again, as a new version (needs --write)')
    .action((path: string, options: WritingOptions, command: Command) =>
      run(command, async (context) => (await import('../commands/revert.ts')).revertRecord(context, path, options)),
    )
  confirmable(program.command('rm <path[@version]>'))
    .description('delete a record; its versions stay as far as they are retained (needs --write)')
    .action((path: string, options: WritingOptions, command: Command) =>
      run(command, async (context) => (await import('../commands/rm.ts')).rm(context, path, options)),
    )
}

function confirmable(command: Command): Command {
  return command
    .option('--if-version <version>', 'only when this is the newest version: v7, or a whole token')
    .option('--confirm <path>', 'the path once more, instead of the question')
}
