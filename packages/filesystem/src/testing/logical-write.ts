import type { RecordedFinal, RecordedOperation } from './recorded-history.ts'

/** One write with all its sendings: from the first one's start to the first acknowledgement. */
export interface LogicalWrite {
  readonly type: 'write'
  readonly process: string
  readonly writeId: string | undefined
  readonly start: number
  readonly end: number | undefined
  readonly sequence: number | undefined
}

type ReportAcknowledgement = (condition: 'unique-acknowledgements', message: string) => void

/** The writes of one record, with those whose reply is missing placed where their writeId was seen. */
export class Attempts {
  readonly writes: readonly LogicalWrite[]
  /** The write of each version, as far as known. */
  readonly bySequence: ReadonlyMap<number, LogicalWrite>
  /** Writes without a reply that were seen nowhere. */
  readonly unplaced: readonly LogicalWrite[]
  readonly readSequences: ReadonlySet<number>
  readonly #counts = new Map<string, { landed: number; unplaced: number }>()

  constructor(operations: readonly RecordedOperation[], final: RecordedFinal, report: ReportAcknowledgement) {
    const seen = new Map(final.versions.map(({ writeId, sequence }) => [writeId, sequence]))
    const readSequences = new Set<number>()
    for (const { type, writeId, sequence } of operations) {
      if (type !== 'read' || sequence === undefined) continue
      readSequences.add(sequence)
      if (writeId !== undefined && !seen.has(writeId)) seen.set(writeId, sequence)
    }
    const writes = mergeSendings(operations, report).map((write) =>
      write.sequence === undefined && write.writeId !== undefined
        ? { ...write, sequence: seen.get(write.writeId) }
        : write,
    )
    const bySequence = new Map<number, LogicalWrite>()
    for (const write of writes) {
      if (write.sequence === undefined) continue
      const other = bySequence.get(write.sequence)
      if (other) {
        report('unique-acknowledgements', `v${write.sequence} was written by ${other.process} and by ${write.process}`)
      }
      bySequence.set(write.sequence, write)
    }
    this.writes = writes
    this.bySequence = bySequence
    this.unplaced = writes.filter((write) => write.sequence === undefined)
    this.readSequences = readSequences
    for (const { process, sequence } of writes) {
      const counts = this.countsOf(process)
      if (sequence === undefined) counts.unplaced++
      else counts.landed++
      this.#counts.set(process, counts)
    }
  }

  countsOf(process: string): { landed: number; unplaced: number } {
    return this.#counts.get(process) ?? { landed: 0, unplaced: 0 }
  }
}

/** Sendings with the same writeId are one write. */
function mergeSendings(operations: readonly RecordedOperation[], report: ReportAcknowledgement): LogicalWrite[] {
  const merged: LogicalWrite[] = []
  const byWriteId = new Map<string, number>()
  for (const { type, process, writeId, start, end, sequence } of operations) {
    if (type !== 'write') continue
    const sending: LogicalWrite = { type, process, writeId, start, end, sequence }
    const at = writeId === undefined ? undefined : byWriteId.get(writeId)
    const earlier = at === undefined ? undefined : merged[at]
    if (at === undefined || !earlier) {
      if (writeId !== undefined) byWriteId.set(writeId, merged.length)
      merged.push(sending)
      continue
    }
    if (earlier.sequence !== undefined && sequence !== undefined && earlier.sequence !== sequence) {
      report(
        'unique-acknowledgements',
        `one write of ${process} was acknowledged as v${earlier.sequence} and as v${sequence}`,
      )
    }
    merged[at] = {
      ...earlier,
      start: Math.min(earlier.start, start),
      end: earliest(earlier.end, end),
      sequence: earlier.sequence ?? sequence,
    }
  }
  return merged
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Math.min(a, b)
}
