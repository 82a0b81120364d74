import { dirname, join } from 'node:path'
import type { Io } from '../io.ts'
import { type ConfigurationFile, readConfiguration } from './read-configuration.ts'
import type { StoreReference } from './store-reference.ts'

/** The stores that have names, and the one that is meant where none is named. */
export interface Configuration {
  readonly stores: readonly StoreReference[]
  readonly defaultName: string | undefined
}

const PROJECT_FILE = '.inspector.json'

/**
 * Reads `.inspector.json` of the nearest directory that has one, from the working directory up, and the person's own
 * `inspector/config.json` below `$XDG_CONFIG_HOME` (`~/.config`). What the project says wins.
 *
 * @throws {InspectorError} `usage` for a file that cannot be understood.
 */
export async function loadConfiguration(io: Pick<Io, 'cwd' | 'env'>): Promise<Configuration> {
  const [project, person] = await Promise.all([nearest(io.cwd), readOwn(io.env)])
  const stores = new Map<string, StoreReference>()
  for (const store of [...(person?.stores ?? []), ...(project?.stores ?? [])]) stores.set(store.name, store)
  const sorted = [...stores.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return { stores: sorted, defaultName: project?.defaultName ?? person?.defaultName }
}

async function nearest(start: string): Promise<ConfigurationFile | undefined> {
  for (let directory = start; ; directory = dirname(directory)) {
    const found = await readConfiguration(join(directory, PROJECT_FILE))
    if (found || directory === dirname(directory)) return found
  }
}

async function readOwn(env: Io['env']): Promise<ConfigurationFile | undefined> {
  const home = env['XDG_CONFIG_HOME'] || (env['HOME'] && join(env['HOME'], '.config'))
  return home ? await readConfiguration(join(home, 'inspector', 'config.json')) : undefined
}
