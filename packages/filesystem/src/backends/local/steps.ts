import type { Disk } from './disk.ts'
import { parseStamp } from './layout.ts'

/**
 * The decisions that the safety of the protocol rests on, each in one place. The product has one set, {@link lcasSteps};
 * tests replace single steps and must see the interleaving explorer find the lost update or stale read that follows.
 *
 * Why the set is safe, with `head` the largest sequence ever linked:
 *
 * - *Reads are recent.* A scan returns a name between the head at its start and the head at its end. If it missed the head
 *   at its start, that version had been removed meanwhile; removal ascends, so everything older had been removed before, and
 *   the open that follows the scan fails and the scan is repeated.
 * - *Names are not taken twice.* A writer that wants to link a removed name read its base before the remover knew its head,
 *   so its temporary was already there when the remover listed the temporaries; its stamp is at most its base, so it was
 *   revoked before anything was removed, and link(2) fails on a source without a name.
 *
 * Together: a link of N + 1 succeeds only while N is the head.
 */
export interface LcasSteps {
  /** The temporary is made before the base is read: it announces the writer to whoever removes versions. */
  prepare<Base>(announce: () => Promise<void>, readBase: () => Promise<Base>): Promise<Base>
  /** What a scan found as the newest; `undefined` = scan again. Empty never means absent: the sentinel or a successor exists. */
  newest(sequences: readonly number[]): number | undefined
  /** Whether the sentinel, found by a scan, is still there behind the scan. Opening a version file proves the same. */
  confirm(disk: Disk, sentinelFile: string): Promise<boolean>
  /** An early look at the name, which saves a wasted fsync. */
  isTaken(disk: Disk, versionFile: string): Promise<boolean>
  /** Names of the temporaries. Called once the remover's own version is linked. */
  listTemporaries(disk: Disk, directory: string): Promise<readonly string[]>
  /** Whether a temporary could be linked to a name below `floor`. */
  isStale(temporaryName: string, floor: number): boolean
  /** The order in which versions below the floor go, given in ascending order. */
  removalOrder(sequences: readonly number[]): readonly number[]
}

export const lcasSteps: LcasSteps = {
  async prepare(announce, readBase) {
    await announce()
    return await readBase()
  },
  newest: (sequences) => sequences.at(-1),
  confirm: async (disk, sentinelFile) => await disk.exists(sentinelFile),
  isTaken: async (disk, versionFile) => await disk.exists(versionFile),
  listTemporaries: async (disk, directory) => await disk.names(directory),
  // Its base is at least its stamp, so a stamp of floor - 1 or more links at the floor or above.
  isStale: (temporaryName, floor) => parseStamp(temporaryName) <= floor - 2,
  removalOrder: (sequences) => sequences,
}
