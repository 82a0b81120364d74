import type { Io } from '../io.ts'
import { InspectorError } from '../inspector-error.ts'
import { urlWithoutPassword } from './without-passwords.ts'

/** A store as somebody named it: by a name of the configuration, or by its URL. */
export interface StoreReference {
  /** The name, or the URL without its password. Given to `--store` it names the store again, but for the password. */
  readonly name: string
  readonly url: string
  readonly label: string | undefined
  /** Whether `--write` is refused. */
  readonly readOnly: boolean
  /** The configuration file that names it. */
  readonly file: string | undefined
}

/**
 * The store that is meant by a URL or a name; without either, the default of the configuration, or undefined where it has none.
 *
 * @throws {InspectorError} `usage` for a name that nothing has, and for a configuration that cannot be understood.
 */
export async function storeReference(
  io: Pick<Io, 'cwd' | 'env'>,
  named: string | undefined,
): Promise<StoreReference | undefined> {
  // A URL needs no configuration, so none is read.
  if (named?.includes(':')) return byUrl(named)
  const { loadConfiguration } = await import('./configuration.ts')
  const { stores, defaultName } = await loadConfiguration(io)
  const name = named === undefined || named === '' ? defaultName : named
  if (name === undefined) return undefined
  const found = stores.find((store) => store.name === name)
  if (found) return found
  const known = stores.map((store) => store.name).join(', ')
  throw new InspectorError(
    'usage',
    `Cannot open store ${JSON.stringify(name)}: no store has that name`,
    known === '' ? 'name stores in .inspector.json, or give a URL such as file:./data' : `known: ${known}`,
  )
}

/** @throws {InspectorError} `refused` when the configuration forbids to write to the store. */
export function requireWritable({ name, readOnly, file }: StoreReference): void {
  if (!readOnly) return
  const hint = file === undefined ? undefined : `see ${file}`
  throw new InspectorError('refused', `Cannot write to store ${JSON.stringify(name)}: it is configured readOnly`, hint)
}

function byUrl(url: string): StoreReference {
  return { name: urlWithoutPassword(url), url, label: undefined, readOnly: false, file: undefined }
}
