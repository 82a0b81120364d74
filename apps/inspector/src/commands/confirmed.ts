import { formatVersion, generationOf, type StoredHead, type Version } from '@latchless/filesystem'
import type { Context } from '../context.ts'
import { displayText } from '../display-text.ts'
import { InspectorError } from '../inspector-error.ts'
import { parsePathArgument, type VersionArgument } from '../model/path-argument.ts'

export interface WritingOptions {
  readonly ifVersion?: string
  readonly confirm?: string
}

/**
 * Makes sure that a command may write at all.
 *
 * @throws {InspectorError} `refused` without `--write`.
 */
export function requireWrite(context: Context, what: string): void {
  if (context.writable) return
  throw new InspectorError(
    'refused',
    `Cannot ${what}: nothing is written without --write`,
    'add --write to the command',
  )
}

/** The version that `--if-version` names, in the generation of the head. */
export function expectedVersion(head: StoredHead, wanted: VersionArgument | undefined): Version {
  if (!wanted) return head.version
  return (wanted.token ?? formatVersion(wanted.sequence, generationOf(head.version))) as Version
}

/** @throws {InspectorError} `usage` for what is no version. */
export function versionOption(text: string | undefined): VersionArgument | undefined {
  if (text === undefined) return undefined
  const { version } = parsePathArgument(`@${text}`)
  if (version) return version
  throw new InspectorError('usage', `Cannot read version ${JSON.stringify(text)}: expected 7, v7 or a whole token`)
}

/**
 * Lets a person type the path, or a script give it in `--confirm`. Nobody is asked where there is no terminal.
 *
 * @throws {InspectorError} `usage` when nobody confirmed, `refused` when another path was typed.
 */
export async function confirm(context: Context, path: string, what: string, given: string | undefined): Promise<void> {
  if (given === path) return
  if (given !== undefined) {
    const problem = `Cannot ${what}: --confirm names ${JSON.stringify(given)}, expected ${JSON.stringify(path)}`
    throw new InspectorError('usage', problem, undefined, { path })
  }
  const typed = await context.io.ask(`${displayText(what)}? Type the path to confirm: `)
  if (typed === path) return
  if (typed === undefined) {
    const problem = `Cannot ${what}: there is no terminal to confirm it at`
    throw new InspectorError('usage', problem, 'give --confirm with the path', { path })
  }
  throw new InspectorError('refused', `Cannot ${what}: it was not confirmed`, undefined, { path })
}
