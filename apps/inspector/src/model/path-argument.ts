import { InspectorError } from '../inspector-error.ts'

/** `PATH` or `PATH@VERSION` of a command line. */
export interface PathArgument {
  readonly path: string
  /** Absent means the head. */
  readonly version?: VersionArgument
}

export interface VersionArgument {
  readonly sequence: number
  /** Set when the whole token was given: the version must belong to this generation. */
  readonly token?: string
}

const versionPattern = /^v?([1-9][0-9]{0,15})(\.[0-9a-f]{16})?$/

/**
 * Splits at the last `@`. `/a@7`, `/a@v7` and `/a@7.0123456789abcdef` name a version, `/a@` and `/a@head` the head. A path that
 * itself ends in something like `@7` is written with one more `@`.
 *
 * @throws {InspectorError} `usage` when a number is beyond what a version can be.
 */
export function parsePathArgument(argument: string): PathArgument {
  const at = argument.lastIndexOf('@')
  if (at === -1) return { path: argument }
  const path = argument.slice(0, at)
  const suffix = argument.slice(at + 1)
  if (suffix === '' || suffix === 'head') return { path }
  const match = versionPattern.exec(suffix)
  if (!match) return { path: argument }
  const sequence = Number(match[1])
  if (!Number.isSafeInteger(sequence)) {
    throw new InspectorError('usage', `Cannot read ${JSON.stringify(argument)}: ${match[1]} is larger than any version`)
  }
  return { path, version: match[2] === undefined ? { sequence } : { sequence, token: suffix.replace(/^v/, '') } }
}

/** A listing prefix as people type it: `/turns/` means `/turns`. */
export function parsePrefix(argument: string | undefined): string {
  if (argument === undefined || argument === '') return '/'
  return argument.length > 1 && argument.endsWith('/') ? argument.slice(0, -1) : argument
}
