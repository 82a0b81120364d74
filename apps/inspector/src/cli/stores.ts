import { Argument, type Command } from 'commander'
import type { Run } from './run.ts'

export function addStores(program: Command, run: Run): void {
  program
    .command('stores')
    .description('list the stores that have names, or test whether they can be opened')
    .addArgument(new Argument('[action]').choices(['list', 'test']).default('list'))
    .argument('[name]', 'only this one')
    .action((action: string, name: string | undefined, _options: object, command: Command) =>
      run(command, async (context) => {
        const { listStores, testStores } = await import('../commands/stores.ts')
        return await (action === 'test' ? testStores(context, name) : listStores(context, name))
      }),
    )
}
