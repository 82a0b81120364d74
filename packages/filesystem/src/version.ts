import { FilesystemError } from './errors.ts'

declare const versionBrand: unique symbol

/**
 * An opaque version token, `<sequence>.<generation>`. The sequence grows by one with every committed write of a
 * generation, deletes included; the generation is 64 random bits drawn when a path without record and tombstone is
 * created. Tokens are compared for equality only and are never reused, so a token from before a delete and recreate never
 * matches again.
 */
export type Version = string & { readonly [versionBrand]: true }

/** The version of every head of a byte-only backend. No expectation accepts it. */
export const UNVERSIONED: Version = 'unversioned' as Version

const versionPattern = /^([1-9][0-9]{0,15})\.([0-9a-f]{16})$/

/**
 * The token for a sequence of a generation.
 *
 * @throws {RangeError} when the sequence is not a positive safe integer or the generation is not 16 hex digits.
 */
export function formatVersion(sequence: number, generation: string): Version {
  const token = `${sequence}.${generation}`
  if (!Number.isSafeInteger(sequence) || !versionPattern.test(token)) {
    throw new RangeError(`Cannot format version: ${JSON.stringify(token)} is not <sequence>.<16 hex digits>`)
  }
  return token as Version
}

/** Whether a text is a version token. */
export function isVersion(text: unknown): text is Version {
  const match = typeof text === 'string' ? versionPattern.exec(text) : null
  return match !== null && Number.isSafeInteger(Number(match[1]))
}

/**
 * Checks a token that came from outside, such as a command line.
 *
 * @throws {FilesystemError} `invalid-argument` when the text is not a version token.
 */
export function parseVersion(text: string): Version {
  if (!isVersion(text)) {
    throw new FilesystemError(
      'invalid-argument',
      `Cannot parse version ${JSON.stringify(text)}: expected <sequence>.<16 hex digits>`,
    )
  }
  return text
}

/** The number that people see as "v7"; 0 for an unversioned head. */
export function sequenceOf(version: Version): number {
  return version === UNVERSIONED ? 0 : Number(version.slice(0, version.indexOf('.')))
}

/** The generation part of a token, the empty string for an unversioned head. */
export function generationOf(version: Version): string {
  return version === UNVERSIONED ? '' : version.slice(version.indexOf('.') + 1)
}

/** The token that follows `version` in its generation. */
export function nextVersion(version: Version): Version {
  return formatVersion(sequenceOf(version) + 1, generationOf(version))
}
