import type { Command } from 'commander'
import type { WatchCommandOptions } from '../commands/watch.ts'
import { duration, positiveInteger, type Run } from './run.ts'

export function addWatch(program: Command, run: Run): void {
  program
    .command('watch [path]')
    .description('print changes of a record, and of all below its path, as they happen')
    .option('--from <cursor>', 'go on behind a change that was printed before')
    .option('--initial', 'print first what is there')
    .option('--diff', 'print what each change changed')
    .option('--reveal', 'with --diff: show secrets too')
    .option('--max <n>', 'end after n changes', positiveInteger)
    .option('--idle-timeout <time>', 'end when nothing changed for so long', duration)
    .option('--for <time>', 'end after so long', duration)
    .option('--heartbeat <time>', 'print a sign of life when nothing changed for so long', duration)
    .action((path: string | undefined, options: WatchCommandOptions, command: Command) =>
      run(command, async (context) => (await import('../commands/watch.ts')).watch(context, path, options)),
    )
}
