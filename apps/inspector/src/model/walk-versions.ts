import { CompactedError, type Filesystem, type ListHead, sequenceOf } from '@latchless/filesystem'
import { isCorrupt, listHeadOf, pageSize, type ReportDamage } from './walk-page.ts'

/** A version of a record; without a head when it is there and could not be read. */
export interface WalkedVersion {
  readonly sequence: number
  readonly head?: ListHead
}

/** Retained versions of a record, newest first, those below `start` only; a page in memory at a time. */
export async function* walkVersions(
  fs: Filesystem,
  path: string,
  damaged: ReportDamage,
  start?: number,
): AsyncGenerator<WalkedVersion> {
  const limit = pageSize(fs, path)
  let before = start
  for (;;) {
    let page
    try {
      page = await fs.history(path, { before, limit })
    } catch (error) {
      if (!isCorrupt(error)) throw error
      yield* walkOneByOne(fs, path, before, damaged)
      return
    }
    for (const head of page.versions) yield { sequence: sequenceOf(head.info.version), head }
    if (page.next === undefined) return
    before = page.next
  }
}

// One bad version fails its page, so from there on each is read by its number. A bad head ends it: nothing tells its number.
async function* walkOneByOne(
  fs: Filesystem,
  path: string,
  before: number | undefined,
  damaged: ReportDamage,
): AsyncGenerator<WalkedVersion> {
  const head = before === undefined ? await fs.get(path) : undefined
  const first = head && head.state !== 'unwritten' ? sequenceOf(head.version) : (before ?? 1) - 1
  for (let sequence = first; sequence >= 1; sequence--) {
    try {
      const found = await fs.getVersion(path, sequence)
      if (found) yield { sequence, head: listHeadOf(found) }
    } catch (error) {
      if (error instanceof CompactedError && sequence < (error.oldest ?? sequence + 1)) return
      if (error instanceof CompactedError) continue
      if (!isCorrupt(error)) throw error
      await damaged(error)
      yield { sequence }
    }
  }
}
