import { casUpdate } from './cas-update.ts'
import { noop, write } from './decision.ts'
import type { Filesystem, ListItem, PathCursor } from './filesystem.ts'
import type { RecordType } from './record-type.ts'
import type { CasUpdateOptions } from './update-options.ts'

/** How many failures a report lists. */
export const FAILURES_LISTED_MAX = 100

export interface RebuildReport {
  /** Records of the type that were looked at. */
  readonly scanned: number
  /** Of these, how many had other index rows (or an older shape) than the type gives them, and were rewritten. */
  readonly rewritten: number
  /** How many could not be read or rewritten. They were left alone. */
  readonly failed: number
  /** The first {@link FAILURES_LISTED_MAX} of them. */
  readonly failures: readonly { readonly path: string; readonly error: unknown }[]
}

/**
 * Derives the index rows of a collection's records anew, as after a record type got a new index. Each record is rewritten
 * through `casUpdate`, so it may run beside other writers; one whose rows are right already is not written.
 *
 * @throws {FilesystemError} when the collection cannot be listed, or the signal fires (`aborted`).
 */
export async function rebuildIndex<T>(
  filesystem: Filesystem,
  collection: string,
  type: RecordType<T>,
  options: CasUpdateOptions = {},
): Promise<RebuildReport> {
  const report = { scanned: 0, rewritten: 0, failed: 0, failures: [] as { path: string; error: unknown }[] }
  for await (const { path, head } of children(filesystem, collection, options)) {
    if (head?.kind !== type.kind) continue
    report.scanned++
    try {
      // Written as it is: `write` is skipped when the rows, too, are what they would be.
      const again = (current: T | undefined) => (current === undefined ? noop() : write(current))
      const { changed } = await casUpdate(filesystem, path, type, again, options)
      if (changed) report.rewritten++
    } catch (error) {
      if (options.signal?.aborted) throw error
      report.failed++
      if (report.failures.length < FAILURES_LISTED_MAX) report.failures.push({ path, error })
    }
  }
  return report
}

async function* children(
  filesystem: Filesystem,
  collection: string,
  { signal, lane }: CasUpdateOptions,
): AsyncGenerator<ListItem> {
  let after: PathCursor | undefined
  do {
    const page = await filesystem.list(collection, { depth: 'children', after, signal, lane })
    yield* page.items
    after = page.next
  } while (after)
}
