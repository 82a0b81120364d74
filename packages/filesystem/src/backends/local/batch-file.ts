import { hash } from 'node:crypto'
import type { Writer } from '../../filesystem.ts'
import { bodyProblem, decodeHeaderLine, encodeHeaderLine, isCount, isWriter } from './header-line.ts'

/** Entries that were appended together, and what the log holds as of then. A batch without entries only trims. */
export interface Batch {
  /** The name of its file: batches are numbered densely from 1. */
  readonly batch: number
  /** Sequence of its first entry, or, without entries, of the next entry there will be. */
  readonly first: number
  /** Sequence of the last entry of the log as of this batch, 0 when there never was one. */
  readonly last: number
  /** Sequence of the oldest entry that is not trimmed; last + 1 when all are. */
  readonly oldest: number
  /** Number of the batch that holds the oldest entry, or of one behind the trimmed ones. Older files may be removed. */
  readonly floor: number
  /** Bytes of each entry. */
  readonly lengths: readonly number[]
  readonly writer: Writer
  /** Milliseconds since the epoch by the writer's clock. */
  readonly time: number
}

interface Header extends Batch {
  readonly length: number
  /** Of the body: all entries, one directly behind the other. */
  readonly sha256: string
}

export type DecodedBatch =
  | { readonly type: 'valid'; readonly batch: Batch; readonly bodies: readonly Uint8Array[] }
  /** `torn`: what a power cut leaves of a file that was never synced, as opposed to a file that lies. */
  | { readonly type: 'damaged'; readonly problem: string; readonly torn: boolean }

/** The log before its first batch: what the sentinel stands for. */
export const NO_BATCH: Batch = {
  batch: 0,
  first: 1,
  last: 0,
  oldest: 1,
  floor: 0,
  lengths: [],
  writer: { service: '', host: '', pid: 0 },
  time: 0,
}

/** One line of JSON metadata, then the entries verbatim. */
export function encodeBatchFile(batch: Batch, bodies: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(bodies)
  const header: Header = { ...batch, length: body.length, sha256: hash('sha256', body, 'hex') }
  return Buffer.concat([encodeHeaderLine(header), body])
}

/** Reads a batch file and verifies its header, and its entries unless only the `header` is wanted. */
export function decodeBatchFile(bytes: Uint8Array, number: number, part: 'all' | 'header'): DecodedBatch {
  const line = decodeHeaderLine(bytes)
  if (line.type === 'damaged') return damaged(line.problem, true)
  try {
    const header = checkHeader(JSON.parse(line.text))
    if (header.batch !== number) return damaged(`its header is that of batch ${header.batch}`, false)
    if (part === 'header') return { type: 'valid', batch: header, bodies: [] }
    const problem = bodyProblem(line.body, header.length, header.sha256)
    if (problem !== undefined) return damaged(problem, true)
    return { type: 'valid', batch: header, bodies: split(line.body, header.lengths) }
  } catch (error) {
    return damaged(`its header is malformed: ${error instanceof Error ? error.message : String(error)}`, false)
  }
}

function damaged(problem: string, torn: boolean): DecodedBatch {
  return { type: 'damaged', problem, torn }
}

function split(body: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  let start = 0
  return lengths.map((length) => {
    const end = start + length
    const entry = body.slice(start, end)
    start = end
    return entry
  })
}

// The check vouches for what this code wrote. The shape is checked as well, because a check can be computed by anyone.
function checkHeader(json: unknown): Header {
  const header = json as Header
  const wrong =
    (!isCount(header.batch) && 'batch') ||
    (!Array.isArray(header.lengths) && 'lengths') ||
    (!header.lengths.every(isCount) && 'lengths') ||
    (!isCount(header.length) && 'length') ||
    (sum(header.lengths) !== header.length && 'length') ||
    (!isCount(header.first) && 'first') ||
    (!(isCount(header.last) && header.last === header.first + header.lengths.length - 1) && 'last') ||
    (!(isCount(header.oldest) && header.oldest >= 1 && header.oldest <= header.last + 1) && 'oldest') ||
    (!(isCount(header.floor) && header.floor <= header.batch) && 'floor') ||
    (!isWriter(header.writer) && 'writer') ||
    (typeof header.time !== 'number' && 'time')
  if (wrong) throw new TypeError(`Cannot read header: its ${wrong} is missing or wrong`)
  return header
}

function sum(lengths: readonly number[]): number {
  return lengths.reduce((total, length) => total + length, 0)
}
