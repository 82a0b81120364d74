import { Attempts, type LogicalWrite } from './logical-write.ts'
import type { RecordedFinal, RecordedHistory, RecordedOperation } from './recorded-history.ts'

/**
 * What a history breaks:
 * - `unique-acknowledgements`: a version was acknowledged to two writes, or a write as two versions.
 * - `real-time-order`: a call that began after another one ended saw or made an older version.
 * - `no-future-reads`: a read ended before the write of its version began.
 * - `dense-versions`: acknowledged and unknown writes do not add up to the final version.
 * - `intact-contents`: a version holds something else than its write, or was not built upon the version before it.
 * - `per-writer-counts`: the record counts more or fewer writes of a process than it made.
 * - `undecided`: the history says too little to tell. A fault of the test set-up, and a failure like the others.
 */
export type Condition =
  | 'unique-acknowledgements'
  | 'real-time-order'
  | 'no-future-reads'
  | 'dense-versions'
  | 'intact-contents'
  | 'per-writer-counts'
  | 'undecided'

export interface Violation {
  readonly condition: Condition
  readonly path: string
  /** What happened, in words. */
  readonly message: string
}

/**
 * Checks a recorded history against what the contract promises per record: one write per version, in real-time order,
 * densely numbered, nothing lost, nothing twice. Empty when all holds. The time is that of sorting the history.
 *
 * A write without a reply counts as landed when its writeId was read or is retained. Where that leaves a version without a
 * writer, `applied` decides whose it is, and without that the answer is `undecided`.
 */
export function checkVersions(history: RecordedHistory): readonly Violation[] {
  const operations = groupByPath(history.operations)
  const finals = new Map(history.finals.map((final) => [final.path, final]))
  const violations: Violation[] = []
  for (const path of new Set([...operations.keys(), ...finals.keys()])) {
    const final = finals.get(path)
    const report: Report = (condition, message) => violations.push({ condition, path, message: `${path}: ${message}` })
    if (final) checkRecord(operations.get(path) ?? [], final, report)
    else report('undecided', 'there are calls, and what the record held at the end was not recorded')
  }
  return violations
}

type Report = (condition: Condition, message: string) => void

function checkRecord(operations: readonly RecordedOperation[], final: RecordedFinal, report: Report): void {
  const attempts = new Attempts(operations, final, report)
  const reads = operations.filter((operation) => operation.type === 'read' && operation.sequence !== undefined)
  checkRealTimeOrder(attempts.writes, reads, report)
  checkFutureReads(attempts, reads, report)
  checkDensity(attempts, final, report)
  checkContents(attempts, reads, final, report)
  checkCounts(attempts, final, report)
}

interface Span {
  readonly type: 'read' | 'write'
  readonly process: string
  readonly start: number
  readonly end: number
  readonly sequence: number
}

function checkRealTimeOrder(
  writes: readonly LogicalWrite[],
  reads: readonly RecordedOperation[],
  report: Report,
): void {
  const spans = [...writes, ...reads].flatMap(({ type, process, start, end, sequence }): Span[] =>
    sequence === undefined ? [] : [{ type, process, start, end: end ?? Number.POSITIVE_INFINITY, sequence }],
  )
  const byStart = spans.toSorted((a, b) => a.start - b.start)
  const byEnd = spans.toSorted((a, b) => a.end - b.end)
  let ended = 0
  let newest: Span | undefined
  for (const span of byStart) {
    for (let next = byEnd[ended]; next && next.end < span.start; next = byEnd[++ended]) {
      if (!newest || next.sequence > newest.sequence) newest = next
    }
    if (!newest) continue
    const tooOld = span.type === 'read' ? span.sequence < newest.sequence : span.sequence <= newest.sequence
    if (tooOld) report('real-time-order', `${inWords(span)} after ${inWords(newest)} had ended`)
  }
}

function checkFutureReads(attempts: Attempts, reads: readonly RecordedOperation[], report: Report): void {
  let earliestUnknown = Number.POSITIVE_INFINITY
  for (const write of attempts.unplaced) earliestUnknown = Math.min(earliestUnknown, write.start)
  for (const read of reads) {
    const { sequence = 0, end = Number.POSITIVE_INFINITY } = read
    if (sequence === 0) continue
    // A version that only an unknown write can have made cannot be older than the first of these.
    const start = attempts.bySequence.get(sequence)?.start ?? earliestUnknown
    if (end < start && start !== Number.POSITIVE_INFINITY) {
      report('no-future-reads', `${read.process} had read v${sequence} before its write began`)
    }
  }
}

function checkDensity(attempts: Attempts, final: RecordedFinal, report: Report): void {
  let newest = 0
  for (const sequence of attempts.bySequence.keys()) newest = Math.max(newest, sequence)
  for (const sequence of attempts.readSequences) newest = Math.max(newest, sequence)
  if (newest > final.sequence) {
    report('dense-versions', `v${newest} was acknowledged or read, and the final version is v${final.sequence}`)
  }
  const holes: number[] = []
  for (let sequence = 1; sequence <= final.sequence; sequence++) {
    if (!attempts.bySequence.has(sequence)) holes.push(sequence)
  }
  const unknown = attempts.unplaced.length
  if (holes.length > unknown) {
    const shown = holes.slice(0, 5).map((sequence) => `v${sequence}`)
    report('dense-versions', `nobody wrote ${shown.join(', ')} (${holes.length} such, ${unknown} unknown writes)`)
  }
}

function checkContents(
  attempts: Attempts,
  reads: readonly RecordedOperation[],
  final: RecordedFinal,
  report: Report,
): void {
  const retained = new Map(final.versions.map((version) => [version.sequence, version]))
  for (const { sequence, writeId, digest, claims } of final.versions) {
    const written = attempts.bySequence.get(sequence)
    if (written?.writeId !== undefined && written.writeId !== writeId) {
      report('intact-contents', `v${sequence} was acknowledged to ${written.process} and holds another write`)
    }
    if (claims === undefined) continue
    if (claims.sequence !== sequence) report('intact-contents', `v${sequence} says that it is v${claims.sequence}`)
    const previous = retained.get(sequence - 1)
    if (previous && claims.previous !== previous.digest) {
      report('intact-contents', `v${sequence} was not built upon v${sequence - 1}`)
    }
    if (digest === undefined) report('undecided', `v${sequence} has claims and no digest`)
  }
  for (const { process, sequence = 0, writeId } of reads) {
    const expected = retained.get(sequence)?.writeId ?? attempts.bySequence.get(sequence)?.writeId
    if (writeId !== undefined && expected !== undefined && writeId !== expected) {
      report('intact-contents', `${process} read another write as v${sequence} than the one that made it`)
    }
  }
}

function checkCounts(attempts: Attempts, final: RecordedFinal, report: Report): void {
  const holes = Math.max(0, final.sequence - attempts.bySequence.size)
  const { applied } = final
  if (applied === undefined) {
    if (holes > 0) report('undecided', `${holes} versions have no known writer, and the record counts no writes`)
    return
  }
  let attributed = 0
  const processes = new Set([...Object.keys(applied), ...attempts.writes.map((write) => write.process)])
  for (const process of processes) {
    const { landed, unplaced } = attempts.countsOf(process)
    const counted = applied[process] ?? 0
    attributed += Math.max(0, counted - landed)
    if (counted < landed || counted > landed + unplaced) {
      const known = unplaced > 0 ? `${landed} to ${landed + unplaced}` : `${landed}`
      report('per-writer-counts', `the record counts ${counted} writes of ${process}, which made ${known}`)
    }
  }
  if (attributed !== holes) {
    report(
      'per-writer-counts',
      `${holes} versions have an unknown writer, and the record counts ${attributed} more writes`,
    )
  }
}

function groupByPath(operations: readonly RecordedOperation[]): Map<string, RecordedOperation[]> {
  return Map.groupBy(operations, (operation) => operation.path)
}

function inWords({ type, process, sequence }: Span): string {
  return `${process} ${type === 'read' ? 'read' : 'wrote'} v${sequence}`
}
