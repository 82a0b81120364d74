import { FilesystemError } from './errors.ts'
import type {
  Entry,
  Expectation,
  HistoryOptions,
  Limits,
  ListOptions,
  MaintainOptions,
  Tuple,
  WriteOptions,
  Writer,
} from './filesystem.ts'
import { KEEP_VERSIONS_DEFAULT, MAINTAIN_LIMIT_DEFAULT } from './filesystem.ts'
import { checkPrefix } from './path.ts'
import { invalid, tooLarge } from './refusals.ts'
import { encodeTuple } from './tuple.ts'
import { isVersion, UNVERSIONED } from './version.ts'

/** What an index may be called. */
export const INDEX_NAME: RegExp = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/

const identifier = /^[a-z][a-z0-9_]{0,127}$/
const contentType = /^[A-Za-z0-9/+._;= -]{1,128}$/
const writeId = /^[0-9a-f]{32}$/

/**
 * Checks an entry at a filesystem's door, before anything is written.
 *
 * @throws {FilesystemError} `invalid-argument` or `too-large`.
 */
export function checkEntry(path: string, entry: Entry, limits: Limits): void {
  const refuse = (problem: string) => invalid('put', path, problem)
  if (!(entry.body instanceof Uint8Array)) throw refuse('the body must be a Uint8Array')
  if (!contentType.test(entry.contentType)) throw refuse('the content type must be 1 to 128 token characters')
  if (entry.kind !== undefined && !identifier.test(entry.kind)) {
    throw refuse('the kind must be a snake_case identifier of at most 128 characters')
  }
  if (entry.schemaVersion !== undefined && !(Number.isSafeInteger(entry.schemaVersion) && entry.schemaVersion >= 1)) {
    throw refuse('the schemaVersion must be a whole number from 1')
  }
  if (entry.body.length > limits.bodyBytesMax) {
    throw tooLarge('put', path, `the body of ${entry.body.length} bytes exceeds the limit of ${limits.bodyBytesMax}`)
  }
  checkTuples(path, entry.tuples ?? {}, limits)
}

/**
 * Checks what every write takes.
 *
 * @throws {FilesystemError} `invalid-argument` or `too-large`.
 */
export function checkWriteOptions(operation: string, path: string, options: WriteOptions, limits: Limits): void {
  if (options.writeId !== undefined && !writeId.test(options.writeId)) {
    throw invalid(operation, path, 'the writeId must be 32 lowercase hex digits')
  }
  const keep = options.keepVersions
  if (keep !== undefined && !(Number.isSafeInteger(keep) && keep >= 0)) {
    throw invalid(operation, path, 'keepVersions must be a whole number from 0')
  }
  if (keep !== undefined && keep > limits.keepVersionsMax) {
    throw tooLarge(operation, path, `keepVersions ${keep} exceeds the limit of ${limits.keepVersionsMax}`)
  }
  const updates = options.updates
  if (updates !== undefined && updates.length === 0) throw invalid(operation, path, 'updates must not be empty')
  if (updates !== undefined && updates.length > limits.updatesMax) {
    throw tooLarge(operation, path, `${updates.length} updates exceed the limit of ${limits.updatesMax}`)
  }
  checkWriter(operation, path, options.writer)
  for (const { opId, writer } of updates ?? []) {
    checkWriter(operation, path, writer)
    // oxlint-disable-next-line no-control-regex -- control characters are what is refused
    if (opId !== undefined && (opId.length === 0 || opId.length > 128 || /[\u0000-\u001f\u007f]/u.test(opId))) {
      throw invalid(operation, path, 'an opId must be 1 to 128 characters without control characters')
    }
  }
}

function checkWriter(operation: string, path: string, writer: Writer | undefined): void {
  if (writer === undefined) return
  const { service, host, pid } = writer
  if (typeof service === 'string' && typeof host === 'string' && Number.isSafeInteger(pid)) return
  throw invalid(operation, path, 'a writer has a service and a host in words, and the number of a process')
}

/** How many superseded bodies a write retains. */
export function versionsToKeep(options: WriteOptions, limits: Limits): number {
  return options.keepVersions ?? Math.min(KEEP_VERSIONS_DEFAULT, limits.keepVersionsMax)
}

/**
 * The page size asked for, or the default.
 *
 * @throws {FilesystemError} `invalid-argument` below 1, `too-large` above the limit.
 */
export function pageSize(
  operation: string,
  path: string,
  limit: number | undefined,
  fallback: number,
  limits: Limits,
): number {
  if (limit === undefined) return Math.min(fallback, limits.pageSizeMax)
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw invalid(operation, path, 'the page limit must be a whole number from 1')
  if (limit > limits.pageSizeMax) {
    throw tooLarge(operation, path, `a page of ${limit} exceeds the limit of ${limits.pageSizeMax}`)
  }
  return limit
}

/**
 * Checks the cursor of a listing.
 *
 * @throws {FilesystemError} `invalid-argument` or `too-large` when its path is none.
 */
export function checkListCursor({ after }: ListOptions, limits: Limits): void {
  if (after) checkPrefix(after.path, 'list', limits)
}

/**
 * Checks the bound of a page of history.
 *
 * @throws {FilesystemError} `invalid-argument` when it is no sequence.
 */
export function checkBefore(path: string, { before }: HistoryOptions): void {
  if (before !== undefined && !isSequence(before)) {
    throw invalid('history', path, 'before must be a whole number from 1')
  }
}

/**
 * Checks the number of a version.
 *
 * @throws {FilesystemError} `invalid-argument` when it is no sequence.
 */
export function checkSequence(path: string, sequence: number): void {
  if (!isSequence(sequence)) throw invalid('getVersion', path, 'the sequence must be a whole number from 1')
}

function isSequence(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1
}

/**
 * How much one `maintain` may remove.
 *
 * @throws {FilesystemError} `invalid-argument` below 1.
 */
export function maintainLimit(options: MaintainOptions): number {
  const limit = options.limit ?? MAINTAIN_LIMIT_DEFAULT
  if (Number.isSafeInteger(limit) && limit >= 1) return limit
  throw invalid('maintain', '/', 'limit must be a whole number from 1')
}

/**
 * Call before the write is handed to the store.
 *
 * @throws {FilesystemError} `aborted` when the signal has fired.
 */
export function checkSignal(operation: string, path: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new FilesystemError(
      'aborted',
      `Cannot ${operation} ${JSON.stringify(path)}: the signal fired before it began`,
      {
        path,
        operation,
        retry: 'safe',
        cause: signal.reason,
      },
    )
  }
}

/**
 * Checks an expectation. The version of an unversioned head is one that no record has, so it is taken and lost.
 *
 * @throws {FilesystemError} `invalid-argument` for an unknown type and for what is no version token.
 */
export function checkExpectation(operation: string, path: string, expect: Expectation): void {
  if (!EXPECTATIONS.has(expect.type)) {
    throw invalid(operation, path, 'an expectation is "any", "absent", "unwritten" or "version"')
  }
  if (expect.type === 'version' && expect.version !== UNVERSIONED && !isVersion(expect.version)) {
    throw invalid(operation, path, 'the expected version is not <sequence>.<16 hex digits>')
  }
}

const EXPECTATIONS: ReadonlySet<string> = new Set(['any', 'absent', 'unwritten', 'version'])

/**
 * A delete has something to delete, so it expects anything or a version.
 *
 * @throws {FilesystemError} `invalid-argument` under `absent` and `unwritten`, and for what is no expectation.
 */
export function checkDeleteExpectation(path: string, expect: Expectation): void {
  checkExpectation('delete', path, expect)
  if (expect.type === 'any' || expect.type === 'version') return
  throw new FilesystemError(
    'invalid-argument',
    `Cannot delete ${JSON.stringify(path)}: expected the expectation "any" or "version", found "${expect.type}"`,
    { path, operation: 'delete' },
  )
}

function checkTuples(path: string, tuples: Readonly<Record<string, Tuple>>, limits: Limits): void {
  const names = Object.keys(tuples)
  if (names.length > limits.tuplesMax) {
    throw tooLarge('put', path, `${names.length} index tuples exceed the limit of ${limits.tuplesMax}`)
  }
  for (const name of names) {
    const tuple = tuples[name] ?? []
    if (!INDEX_NAME.test(name)) throw invalid('put', path, 'an index name must be an identifier')
    if (tuple.length === 0) throw invalid('put', path, `the tuple of index ${name} must not be empty`)
    if (tuple.length > limits.tupleElementsMax) {
      throw tooLarge('put', path, `the tuple of index ${name} exceeds ${limits.tupleElementsMax} elements`)
    }
    const size = encodedSize(path, name, tuple)
    if (size > limits.tupleBytesMax) {
      throw tooLarge('put', path, `the tuple of index ${name} takes ${size} bytes of at most ${limits.tupleBytesMax}`)
    }
  }
}

function encodedSize(path: string, name: string, tuple: Tuple): number {
  try {
    return encodeTuple(tuple).length
  } catch (cause) {
    throw invalid('put', path, `the tuple of index ${name} is not encodable`, cause)
  }
}
