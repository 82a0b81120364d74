import { Command, Option } from 'commander'
import { packageVersion } from '../package-version.ts'
import { addCompletion } from './completing.ts'
import { addCopy } from './copying.ts'
import { addDoctor } from './doctoring.ts'
import { addExport } from './exporting.ts'
import { addListing } from './listing.ts'
import { addRecordCommands } from './records.ts'
import { addReplay } from './replaying.ts'
import { addStores } from './stores.ts'
import { addTracing } from './tracing.ts'
import { addWatch } from './watching.ts'
import { addWriting } from './writing.ts'
import type { Run } from './run.ts'

/** Every command with its arguments. What a command needs beyond that is loaded when it runs. */
export function buildProgram(run: Run): Command {
  const program = new Command('inspector')
    .description(
      'Look into a latchless store. Without a command it opens the screens. Nothing is written without --write.',
    )
    .version(packageVersion())
    .option('--store <url>', 'URL of a store, or a name from the configuration (default: $INSPECTOR_STORE)')
    .option('--json', 'print JSON, one object on a line', false)
    .option('--write', 'allow what writes to a record', false)
    .option('--no-color', 'print no colours (also: NO_COLOR)')
    .option('--theme <name>', 'of the screens: default, mono, high-contrast or colour-blind')
    .option('--ascii', 'draw the screens with ASCII only', false)
    .option('--mouse', 'scroll and choose with the mouse; the terminal then no longer selects text', false)
    .option('--screen-reader', 'lines of words instead of screens', false)
    .addOption(new Option('--keys <script>', 'press these keys without a terminal').hideHelp())
    .addOption(new Option('--frames <directory>', 'with --keys: write each frame into a file there').hideHelp())
    .addHelpText('after', EXAMPLES)
  addListing(program, run)
  addRecordCommands(program, run)
  addWatch(program, run)
  addReplay(program, run)
  addTracing(program, run)
  addDoctor(program, run)
  addWriting(program, run)
  addExport(program, run)
  addCopy(program, run)
  addStores(program, run)
  addCompletion(program, run)
  program
    .command('schema [name]')
    .description('print the JSON Schema of an output, or the names of all outputs')
    .action((name: string | undefined, _options: object, command: Command) =>
      run(command, async (context) => (await import('../commands/schema.ts')).schema(context, name)),
    )
  return program
}

const EXAMPLES = `
Examples:
  inspector --store file:./data ls /turns --long
  inspector --store file:./data cat /turns/t1@7 --json
  inspector --store file:./data history /turns/t1
  inspector --store file:./data diff /turns/t1@6 @7
  inspector --store prod watch /turns --initial --json
  inspector --store file:./data --write revert /turns/t1@6
  inspector copy file:./data file:./copy --prefix /turns
`
