import { readFileSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { cat, type CatOptions } from './commands/cat.ts'
import { copy, type CopyCommandOptions } from './commands/copy.ts'
import { diff, type DiffOptions } from './commands/diff.ts'
import { history, type HistoryOptions } from './commands/history.ts'
import { ls, type LsOptions } from './commands/ls.ts'
import { schema } from './commands/schema.ts'
import { stats } from './commands/stats.ts'
import { Context, reportError, type Settings } from './context.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { type Io, OutputClosedError } from './io.ts'

/** Runs one command line; returns the exit code. Nothing escapes as an exception. */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  const json = argv.includes('--json')
  try {
    return await runCommand(argv, io)
  } catch (error) {
    if (error instanceof OutputClosedError) return EXIT.ok
    return await reportError(io, json, error).catch(() => EXIT.internal)
  }
}

async function runCommand(argv: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok
  const printed = { out: '', err: '' }
  const program = buildProgram(async (command, run) => {
    exitCode = await run(new Context(io, command.optsWithGlobals<Settings>()))
  })
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => (printed.out += text),
      writeErr: (text) => (printed.err += text),
      outputError: () => {},
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
  }
  try {
    await program.parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) {
      await io.stdout.write(printed.out)
      return EXIT.ok
    }
    if (error.code !== 'commander.help') throw error
    await io.stderr.write(printed.err)
    return EXIT.usage
  }
}

type Run = (command: Command, run: (context: Context) => Promise<ExitCode>) => Promise<void>

function buildProgram(run: Run): Command {
  const program = new Command('inspector')
    .description('Look into a latchless store. Everything but copy is read-only.')
    .version(packageVersion())
    .option('--store <url>', 'memory:, file:PATH or plain:PATH (default: $INSPECTOR_STORE)')
    .option('--json', 'print JSON, one object on a line', false)
    .option('--no-color', 'print no colours (also: NO_COLOR)')
    .addHelpText('after', EXAMPLES)
  addListing(program, run)
  addRecordCommands(program, run)
  addCopy(program, run)
  program
    .command('schema [name]')
    .description('print the JSON Schema of an output, or the names of all outputs')
    .action((name: string | undefined, _options: object, command: Command) =>
      run(command, (context) => schema(context, name)),
    )
  return program
}

function addListing(program: Command, run: Run): void {
  program
    .command('ls [prefix]')
    .description('list records in path order')
    .option('--limit <n>', 'stop after n rows', positiveInteger)
    .option('--after <path>', 'start behind this path')
    .option('--long', 'show version, kind, size, time and writer')
    .option('--deleted', 'list tombstones too')
    .option('--count', 'print only how many there are')
    .addOption(
      new Option('--depth <depth>', 'direct children, or everything below')
        .choices(['children', 'descendants'])
        .default('descendants'),
    )
    .option('--fail-empty', 'exit 1 when nothing is found')
    .action((prefix: string | undefined, options: LsOptions, command: Command) =>
      run(command, (context) => ls(context, prefix, options)),
    )
  program
    .command('stats [prefix]')
    .description('count records, tombstones, bytes and versions by directory')
    .action((prefix: string | undefined, _options: object, command: Command) =>
      run(command, (context) => stats(context, prefix)),
    )
}

function addRecordCommands(program: Command, run: Run): void {
  program
    .command('cat <path[@version]>')
    .description('print one version of a record')
    .option('--raw', 'the bytes themselves; the only output that is not escaped')
    .option('--hex', 'offsets, bytes and printable characters')
    .option('--pretty', 'JSON over several lines')
    .option('--meta', 'everything but the body')
    .option('-o, --output <file>', 'write to a file, which is replaced as a whole')
    .action((path: string, options: CatOptions, command: Command) =>
      run(command, (context) => cat(context, path, options)),
    )
  program
    .command('history <path>')
    .description('list the retained versions of a record, newest first')
    .option('--limit <n>', 'stop after n versions', positiveInteger)
    .action((path: string, options: HistoryOptions, command: Command) =>
      run(command, (context) => history(context, path, options)),
    )
  program
    .command('diff <path[@a]> [path[@b]]')
    .description('compare two versions; by default the previous one with the head')
    .addOption(new Option('--format <format>', 'how to compare').choices(['unified', 'json-patch', 'structural']))
    .option('--exit-code', 'exit 1 when they differ')
    .action((from: string, to: string | undefined, options: DiffOptions, command: Command) =>
      run(command, (context) => diff(context, from, to, options)),
    )
}

function addCopy(program: Command, run: Run): void {
  program
    .command('copy <from> <to>')
    .description('copy the live state of a store into another and read it back; run it again to go on')
    .option('--prefix <path>', 'only records below this path')
    .option('--log <path...>', 'logs to copy, by name')
    .option('--overwrite', 'write over what is different in the target')
    .option('--dry-run', 'write nothing, tell what would be done')
    .option('--no-verify', 'do not read back')
    .action((from: string, to: string, options: CopyCommandOptions, command: Command) =>
      run(command, (context) => copy(context, from, to, options)),
    )
}

const EXAMPLES = `
Examples:
  inspector --store file:./data ls /turns --long
  inspector --store file:./data cat /turns/t1@7 --json
  inspector --store file:./data history /turns/t1
  inspector --store file:./data diff /turns/t1@6 @7
  inspector copy file:./data file:./copy --prefix /turns
`

function positiveInteger(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new InvalidArgumentError('It must be a whole number from 1.')
}

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const version = typeof manifest === 'object' && manifest && 'version' in manifest ? manifest.version : undefined
  return typeof version === 'string' ? version : 'unknown'
}
