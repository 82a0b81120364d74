import { FilesystemError } from './errors.ts'
import type { Capabilities } from './filesystem.ts'

/** What a mount must offer at the least. A flag that is `false` and a level that is the lowest demand nothing. */
export type MountRequirements = {
  readonly [Name in Exclude<keyof Capabilities, 'backend' | 'limits'>]?: Capabilities[Name] | undefined
}

/** A capability that a store was to have and lacks. */
export interface MissingCapability {
  readonly capability: keyof MountRequirements
  readonly required: string | boolean
  readonly found: string | boolean
}

/** A store cannot do what is required where it was to be mounted. Mount another one; nothing was mounted. */
export class MountRefused extends FilesystemError {
  static {
    this.prototype.name = 'MountRefused'
  }
  readonly missing: readonly MissingCapability[]

  constructor(at: string, backend: string, missing: readonly MissingCapability[]) {
    const list = missing
      .map(({ capability, required, found }) => `${capability} ${required} (found ${found})`)
      .join(', ')
    super('unsupported', `Cannot mount ${JSON.stringify(at)}: the ${backend} backend lacks ${list}`, {
      path: at,
      operation: 'mount',
    })
    this.missing = missing
  }
}

/** The required capabilities that are not met. */
export function missingFrom(capabilities: Capabilities, requires: MountRequirements): readonly MissingCapability[] {
  const names = Object.keys(requires) as (keyof MountRequirements)[]
  return names.flatMap((capability) => {
    const required = requires[capability]
    const found = capabilities[capability]
    return required === undefined || rank(found) >= rank(required) ? [] : [{ capability, required, found }]
  })
}

/** From weakest to strongest. Words of different capabilities are never compared. */
const ranks: Readonly<Record<string, number>> = {
  unknown: 0,
  none: 0,
  record: 1,
  records: 2,
  scan: 1,
  index: 2,
  memory: 0,
  process: 1,
  disk: 2,
}

/** The place of a capability's value among the values of that capability; a higher one offers more. */
export function rank(value: string | boolean): number {
  return typeof value === 'boolean' ? Number(value) : (ranks[value] ?? Number.NaN)
}
