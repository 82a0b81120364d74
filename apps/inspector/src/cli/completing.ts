import { Argument, type Command } from 'commander'
import type { Run } from './run.ts'

export function addCompletion(program: Command, run: Run): void {
  program
    .command('completion')
    .description('print what makes a shell complete commands, options, store names and paths')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action((shell: string, _options: object, command: Command) =>
      run(command, async (context) => (await import('../commands/completion.ts')).completion(context, shell)),
    )
  program
    .command('__complete [words...]', { hidden: true })
    .action((words: readonly string[], _options: object, command: Command) =>
      run(command, async (context) => {
        const { complete } = await import('../commands/complete.ts')
        return await complete(context, program, words)
      }),
    )
}
