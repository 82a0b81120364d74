import { CommanderError } from 'commander'
import { buildProgram } from './cli/program.ts'
import { tui, type TuiSettings } from './commands/tui.ts'
import { Context, reportError, type Settings } from './context.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { InspectorError } from './inspector-error.ts'
import { type Io, OutputClosedError } from './io.ts'

/** Runs one command line; returns the exit code. Nothing escapes as an exception. */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  const json = argv.includes('--json')
  const urls = [...argv.map((word) => word.replace(/^--store=/, '')), io.env['INSPECTOR_STORE'] ?? '']
  try {
    return await runCommand(argv, io)
  } catch (error) {
    if (error instanceof OutputClosedError) return EXIT.ok
    return await reportError(io, json, error, urls).catch(() => EXIT.internal)
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
    // There was no command. On a terminal that means the screens.
    const settings = program.opts<Settings & TuiSettings>()
    if (io.stdout.isTTY || settings.frames !== undefined) {
      return await tui(new Context(io, settings), settings, { to: 'records' })
    }
    if (settings.json) {
      throw new InspectorError('usage', 'Cannot run: no command was given', '`inspector --help` lists the commands')
    }
    await io.stderr.write(printed.err)
    return EXIT.usage
  }
}
