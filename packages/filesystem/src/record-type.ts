import canonicalize from 'canonicalize'
import type { z } from 'zod'
import type { Codec } from './codec.ts'
import { FilesystemError } from './errors.ts'
import type { Entry, Tuple } from './filesystem.ts'
import { sameJson } from './same-json.ts'
import { compareTuples } from './tuple.ts'

/** The content type of every record. */
export const JSON_CONTENT_TYPE = 'application/json'

export interface RecordDefinition<T> {
  /** snake_case identifier, stored beside every record of this type. */
  readonly kind: string
  /** The current shape. Its input and output types are equal, and values are checked both ways. */
  readonly schema: z.ZodType<T, T>
  /** The number of the current shape. Default 1. */
  readonly schemaVersion?: number | undefined
  /** From each older schemaVersion to the next. A record is upgraded when read and rewritten by its next write. */
  readonly migrate?: Readonly<Record<number, (old: unknown) => unknown>> | undefined
  /** Index name → the tuple of a value, or `undefined` when the value has no row. */
  readonly indexes?: Readonly<Record<string, (value: T) => Tuple | undefined>> | undefined
  /** Superseded bodies to retain. */
  readonly keepVersions?: number | undefined
  /** False: updates are not folded, each that changes something is a version of its own. Default true. */
  readonly combine?: boolean | undefined
}

export interface RecordType<T> extends Codec<T> {
  readonly kind: string
  readonly schemaVersion: number
  readonly indexNames: readonly string[]
  decode(entry: Entry, path: string): T
  encode(value: T): Entry
}

/**
 * A record type: canonical JSON (RFC 8785) with full validation, schema versions and indexes.
 *
 * @throws {TypeError} when the definition is wrong, such as a missing migration.
 */
export function defineRecord<T>(definition: RecordDefinition<T>): RecordType<T> {
  const schemaVersion = definition.schemaVersion ?? 1
  checkDefinition(definition, schemaVersion)
  // What is stored is what the schema makes of the value. A schema that changes it would lose part of it in silence.
  const checked = (value: T): { data: T; tuples: Record<string, Tuple> } => {
    const parsed = definition.schema.safeParse(value)
    if (!parsed.success) throw invalidRecord(definition.kind, summarize(parsed.error), parsed.error)
    const { data } = parsed
    if (!sameJson(data, value)) {
      throw invalidRecord(definition.kind, 'the schema drops or changes part of it; make its input and output equal')
    }
    try {
      return { data, tuples: tuplesOf(definition.indexes, data) }
    } catch (cause) {
      throw invalidRecord(definition.kind, 'an index of it fails', cause)
    }
  }

  const toJson = (data: T): string => {
    try {
      return toCanonicalJson(data)
    } catch (cause) {
      throw invalidRecord(definition.kind, 'it has no canonical JSON form', cause)
    }
  }

  return {
    kind: definition.kind,
    schemaVersion,
    indexNames: Object.keys(definition.indexes ?? {}),
    keepVersions: definition.keepVersions,
    combine: definition.combine,

    check(value) {
      checked(value)
    },

    decode(entry, path) {
      return decodeRecord(definition, schemaVersion, entry, path)
    },

    encode(value) {
      const { data, tuples } = checked(value)
      return {
        body: Buffer.from(toJson(data), 'utf8'),
        contentType: JSON_CONTENT_TYPE,
        kind: definition.kind,
        schemaVersion,
        ...(Object.keys(tuples).length > 0 ? { tuples } : {}),
      }
    },

    isSame: sameJson,

    isUnchanged(stored, current, next) {
      const { data, tuples } = checked(next)
      return (
        stored.kind === definition.kind &&
        stored.schemaVersion === schemaVersion &&
        toCanonicalJson(current) === toJson(data) &&
        sameTuples(stored.tuples ?? {}, tuples)
      )
    },
  }
}

function tuplesOf<T>(indexes: RecordDefinition<T>['indexes'], value: T): Record<string, Tuple> {
  const rows = Object.entries(indexes ?? {}).flatMap(([name, index]) => {
    const tuple = index(value)
    return tuple === undefined ? [] : [[name, tuple] as const]
  })
  return Object.fromEntries(rows)
}

function checkDefinition<T>(definition: RecordDefinition<T>, schemaVersion: number): void {
  const refuse = (problem: string) => new TypeError(`Cannot define record type "${definition.kind}": ${problem}`)
  if (!/^[a-z][a-z0-9_]{0,127}$/.test(definition.kind)) throw refuse('the kind must be a snake_case identifier')
  if (!Number.isSafeInteger(schemaVersion) || schemaVersion < 1)
    throw refuse('the schemaVersion must be a whole number from 1')
  for (let from = 1; from < schemaVersion; from++) {
    if (!definition.migrate?.[from]) throw refuse(`a migration from schemaVersion ${from} to ${from + 1} is missing`)
  }
}

function decodeRecord<T>(definition: RecordDefinition<T>, schemaVersion: number, entry: Entry, path: string): T {
  const corrupt = (problem: string, cause?: unknown) =>
    new FilesystemError('corrupt', `Cannot decode ${JSON.stringify(path)} as ${definition.kind}: ${problem}`, {
      path,
      operation: 'decode',
      cause,
    })
  if (entry.kind !== undefined && entry.kind !== definition.kind) throw corrupt(`it is a record of kind ${entry.kind}`)
  const storedVersion = entry.schemaVersion ?? 1
  if (storedVersion > schemaVersion) {
    throw new FilesystemError(
      'schema-too-new',
      `Cannot decode ${JSON.stringify(path)} as ${definition.kind}: its schemaVersion is ${storedVersion}, this program knows up to ${schemaVersion}`,
      { path, operation: 'decode' },
    )
  }
  let value: unknown
  try {
    value = parseJson(entry.body)
    for (let from = storedVersion; from < schemaVersion; from++) value = definition.migrate?.[from]?.(value)
  } catch (cause) {
    throw corrupt('its body is not JSON of a known shape', cause)
  }
  const parsed = definition.schema.safeParse(value)
  if (!parsed.success) throw corrupt(summarize(parsed.error), parsed.error)
  return parsed.data
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    // oxlint-disable-next-line preserve-caught-error -- the engine's message quotes the body, and bodies stay out of errors
    throw new SyntaxError('Cannot parse body: expected UTF-8 JSON')
  }
}

function toCanonicalJson(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('Cannot encode JSON: the value is not JSON')
  return text
}

// Only paths and issue codes: a message from the schema may quote the value, and values stay out of errors.
function summarize(error: z.ZodError): string {
  const issues = error.issues.slice(0, 3).map((issue) => `${issue.code} at ${issue.path.join('.') || 'the top'}`)
  return `it does not match the schema: ${issues.join(', ')}`
}

function invalidRecord(kind: string, problem: string, cause?: unknown): FilesystemError {
  return new FilesystemError('invalid-record', `Cannot encode ${kind}: ${problem}`, { operation: 'encode', cause })
}

function sameTuples(a: Readonly<Record<string, Tuple>>, b: Readonly<Record<string, Tuple>>): boolean {
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => a[name] !== undefined && b[name] !== undefined && compareTuples(a[name], b[name]) === 0)
}
