import { COUNTED_BYTES_MAX, type VersionChange, versionChange } from '../../../model/version-change.ts'
import { bodyOf, type VersionBodies } from '../../../model/version-bodies.ts'
import type { ReadableEntry } from './version-list.ts'

/** A version and the one before it. */
export type VersionPair = readonly [version: ReadableEntry, before: ReadableEntry | undefined]

/** What each version changed. Only what is in sight is found out, and each only once. */
export class VersionChanges {
  readonly #bodies: VersionBodies
  readonly #found = new Map<string, VersionChange>()
  #wanted: readonly VersionPair[] = []

  constructor(bodies: VersionBodies) {
    this.#bodies = bodies
  }

  of({ head }: ReadableEntry): VersionChange | undefined {
    return this.#found.get(head.info.version)
  }

  /** Until other versions are wanted. Calls back after each. */
  async lookUp(pairs: readonly VersionPair[], signal: AbortSignal, found: () => void): Promise<void> {
    this.#wanted = pairs
    for (const pair of pairs) {
      if (this.#wanted !== pairs || signal.aborted) return
      const [{ head }] = pair
      if (this.#found.has(head.info.version)) continue
      this.#found.set(head.info.version, await this.#changeOf(pair))
      found()
    }
  }

  async #changeOf([version, before]: VersionPair): Promise<VersionChange> {
    const largest = Math.max(version.head.info.size, before?.head.info.size ?? 0)
    // Before the first version there was nothing; what is behind a gap is not its predecessor.
    if (largest > COUNTED_BYTES_MAX || (!before && version.sequence > 1)) return { type: 'other' }
    if (before && before.sequence !== version.sequence - 1) return { type: 'other' }
    const after = await this.#bodies.get(version.sequence)
    const earlier = before && (await this.#bodies.get(before.sequence))
    if (!after || (before && !earlier)) return { type: 'other' }
    return versionChange(earlier && bodyOf(earlier), bodyOf(after))
  }
}
