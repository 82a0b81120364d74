import { trimmedEntries } from '../../errors.ts'
import type { AppendResult, LogEntry, LogPage } from '../../filesystem.ts'
import { WRITE_IDS_KEPT } from '../../filesystem.ts'
import { logPage } from '../../log.ts'

/** One log of the memory backend. */
export class EntryLog {
  #entries: LogEntry[] = []
  /** The sequence of the last entry that ever was. */
  #last = 0
  /** What the last transacts appended, newest last. */
  #batches: { readonly writeId: string; readonly result: AppendResult }[] = []

  append(bodies: readonly Uint8Array[], time: number, writeId?: string): AppendResult {
    const result = { first: this.#last + 1, last: this.#last + bodies.length }
    for (const body of bodies) this.#entries.push({ sequence: ++this.#last, body: Uint8Array.from(body), time })
    if (writeId !== undefined) this.#batches = [...this.#batches, { writeId, result }].slice(-WRITE_IDS_KEPT)
    return result
  }

  /** What the transact of this writeId appended, while it is remembered. */
  appendedBy(writeId: string): AppendResult | undefined {
    return this.#batches.find((batch) => batch.writeId === writeId)?.result
  }

  /** @throws {CompactedError} when entries behind `after` were trimmed. */
  read(log: string, after: number | undefined, limit: number): LogPage {
    const oldest = this.#entries[0]?.sequence ?? this.#last + 1
    if (after !== undefined && after + 1 < oldest) throw trimmedEntries(log, after, oldest)
    const start = after === undefined ? 0 : after + 1 - oldest
    const entries = this.#entries.slice(start, start + limit + 1)
    return logPage(
      entries.map((entry) => ({ ...entry, body: Uint8Array.from(entry.body) })),
      limit,
    )
  }

  trim(before: number): void {
    this.#entries = this.#entries.filter(({ sequence }) => sequence >= before)
  }
}
