import { type Command, Option } from 'commander'
import type { LsOptions } from '../commands/ls.ts'
import { positiveInteger, type Run } from './run.ts'

export function addListing(program: Command, run: Run): void {
  program
    .command('ls [prefix]')
    .description('list records in path order')
    .option(
      '--filter <terms>',
      'words of the path, /regex/, !not, kind:a,b, writer:x, size>1k, age<5h, ver>3, state:deleted',
    )
    .addOption(
      new Option('--sort <order>', 'path, or -path for the last first').choices(['path', '-path']).default('path'),
    )
    .option('--limit <n>', 'stop after n rows', positiveInteger)
    .option('--after <path>', 'start behind this path')
    .option('--long', 'show version, kind, size, time and writer, and what records of a known kind are about')
    .option('--plain', 'separate columns by tabs and cut nothing')
    .option('--deleted', 'list tombstones too')
    .option('--count', 'print only how many there are')
    .addOption(
      new Option('--depth <depth>', 'direct children, or everything below')
        .choices(['children', 'descendants'])
        .default('descendants'),
    )
    .option('--fail-empty', 'exit 1 when nothing is found')
    .action((prefix: string | undefined, options: LsOptions, command: Command) =>
      run(command, async (context) => (await import('../commands/ls.ts')).ls(context, prefix, options)),
    )
  program
    .command('stats [prefix]')
    .description('count records, tombstones, bytes and versions by directory')
    .action((prefix: string | undefined, _options: object, command: Command) =>
      run(command, async (context) => (await import('../commands/stats.ts')).stats(context, prefix)),
    )
}
