import { prunedVersion } from '../../errors.ts'
import type {
  Entry,
  Expectation,
  Head,
  HistoryOptions,
  HistoryPage,
  OperationOptions,
  StoredHead,
  WriteOptions,
  Writer,
  WriteResult,
} from '../../filesystem.ts'
import { KEEP_VERSIONS_DEFAULT } from '../../filesystem.ts'
import type { Runtime } from '../../runtime.ts'
import { encodeTuple } from '../../tuple.ts'
import { formatVersion, generationOf, sequenceOf } from '../../version.ts'
import { VersionMismatch } from '../../version-mismatch.ts'
import { moreRows } from './pages.ts'
import type { Pools } from './pools.ts'
import { currentHeadOf, listHeadOf, storedHeadOf } from './rows.ts'
import type { Statements } from './statements.ts'
import type { WriteBatches } from './write-batches.ts'

/** What the parts of the backend share. */
export interface Context {
  readonly pools: Pools
  readonly writes: WriteBatches
  readonly statements: Statements
  readonly runtime: Runtime
  readonly writer: Writer
}

export async function getRecord(
  { pools, statements }: Context,
  path: string,
  options: OperationOptions,
): Promise<Head> {
  const [row] = await pools.run({ operation: 'get', path, writes: false, options }, statements.get, [path])
  return row ? storedHeadOf(path, row) : { state: 'unwritten' }
}

/** A put, or with `entry` undefined a delete: at most one round trip, and the winner's head when it lost. */
export async function writeRecord(
  { writes, runtime, writer }: Context,
  path: string,
  entry: Entry | undefined,
  expect: Expectation,
  options: WriteOptions,
): Promise<WriteResult | undefined> {
  const operation = entry ? 'put' : 'delete'
  const writeId = options.writeId ?? runtime.randomHex(16)
  const values = [
    path,
    expect.type,
    expect.type === 'version' ? sequenceOf(expect.version) : null,
    expect.type === 'version' ? generationOf(expect.version) : null,
    runtime.randomHex(8),
    writeId,
    // A copy: the caller may reuse its buffer while the call waits for a connection.
    entry ? Buffer.from(entry.body) : null,
    entry?.contentType,
    entry?.kind,
    entry?.schemaVersion,
    ...indexParameters(entry),
    ...writeParameters(options, writer),
  ]
  const call = { operation, path, writes: true, options }
  const row = await writes.run({ call, values, bodyBytes: entry?.body.length ?? 0 })
  if (row['outcome'] === 'nothing') return undefined
  if (row['outcome'] === 'conflict') throw new VersionMismatch(operation, path, expect, currentHeadOf(path, row))
  const version = formatVersion(Number(row['sequence']), String(row['generation']))
  return { version, writeId, replayed: row['outcome'] === 'replayed' }
}

/** The names and encoded tuples of an entry's indexes, in the order of the names so that equal ones look equal. */
export function indexParameters(entry: Entry | undefined): [string[] | null, Uint8Array[] | null] {
  const tuples = Object.entries(entry?.tuples ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))
  if (tuples.length === 0) return [null, null]
  return [tuples.map(([name]) => name), tuples.map(([, tuple]) => encodeTuple(tuple))]
}

/** Writer, updates, opIds and retention, as the functions take them. */
export function writeParameters(
  options: WriteOptions,
  fallback: Writer,
): [string, string | null, string | null, number] {
  const opIds = (options.updates ?? []).flatMap(({ opId }) => (opId === undefined ? [] : [opId]))
  return [
    JSON.stringify(options.writer ?? fallback),
    options.updates === undefined ? null : JSON.stringify(options.updates),
    opIds.length === 0 ? null : JSON.stringify(opIds),
    options.keepVersions ?? KEEP_VERSIONS_DEFAULT,
  ]
}

/** Behind every sequence. */
const BIGINT_MAX = '9223372036854775807'

export async function readHistory(
  { pools, statements }: Context,
  path: string,
  options: HistoryOptions,
  limit: number,
): Promise<HistoryPage> {
  const bodies = options.bodies ?? false
  const call = { operation: 'history', path, writes: false, options }
  const parameters = [path, options.before ?? BIGINT_MAX, limit + 1]
  const rows = await pools.run(call, statements.history(bodies), parameters)
  const versions = rows.slice(0, limit).map((row) => listHeadOf(path, row, bodies))
  const last = versions.at(-1)
  return last && moreRows(rows, versions.length) ? { versions, next: sequenceOf(last.info.version) } : { versions }
}

export async function readVersion(
  { pools, statements }: Context,
  path: string,
  sequence: number,
  options: OperationOptions,
): Promise<StoredHead | undefined> {
  const call = { operation: 'getVersion', path, writes: false, options }
  const [row] = await pools.run(call, statements.getVersion, [path, sequence])
  if (!row) return undefined
  if (row['head_sequence'] !== null) return storedHeadOf(path, row)
  if (sequence > Number(row['newest'])) return undefined
  throw prunedVersion(path, sequence, Number(row['oldest']))
}
