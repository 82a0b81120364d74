import { type Command, Option } from 'commander'
import type { DoctorOptions } from '../commands/doctor.ts'
import { collected, positiveInteger, type Run } from './run.ts'

export function addDoctor(program: Command, run: Run): void {
  program
    .command('doctor')
    .description(
      'look for what is wrong with a store, and say what to do about it; with --write it also tries out its promises',
    )
    .option('--only <glob>', 'checks whose name fits, such as `versions.*`')
    .addOption(new Option('--fail-on <status>', 'exit 1 from this on').choices(['warn', 'fail']).default('fail'))
    .option('--fix-hint', 'print what was expected, the likely cause and the next command of each finding')
    .option('--trace <file>', 'a recorded trace to check too; may be given several times', collected)
    .option('--sample <n>', 'records to look at (default: 10000)', positiveInteger)
    .option('--all', 'look at all records')
    .action((options: DoctorOptions, command: Command) =>
      run(command, async (context) => {
        const { doctor } = await import('../commands/doctor.ts')
        return await doctor(context, options)
      }),
    )
}
