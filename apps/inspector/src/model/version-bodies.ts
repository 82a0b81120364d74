import { CompactedError, type Filesystem, type StoredHead } from '@latchless/filesystem'
import { isCorrupt } from './walk-page.ts'

/** Bodies in memory at the most, but for one that is larger by itself. */
const KEPT_BYTES_MAX = 8 * 1024 * 1024

/** Versions of one record with their bodies. The last used ones are kept. */
export class VersionBodies {
  readonly #fs: Filesystem
  readonly #path: string
  readonly #kept = new Map<number, StoredHead>()
  #keptBytes = 0

  constructor(fs: Filesystem, path: string) {
    this.#fs = fs
    this.#path = path
  }

  /** Undefined for a version that is not retained, never was, or cannot be read. */
  async get(sequence: number): Promise<StoredHead | undefined> {
    const kept = this.#kept.get(sequence)
    if (kept) {
      this.#kept.delete(sequence)
      this.#kept.set(sequence, kept)
      return kept
    }
    const head = await this.#read(sequence)
    if (head) this.#keep(sequence, head)
    return head
  }

  /** The next time, they are read again. */
  forget(): void {
    this.#kept.clear()
    this.#keptBytes = 0
  }

  async #read(sequence: number): Promise<StoredHead | undefined> {
    try {
      return await this.#fs.getVersion(this.#path, sequence)
    } catch (error) {
      if (error instanceof CompactedError || isCorrupt(error)) return undefined
      throw error
    }
  }

  #keep(sequence: number, head: StoredHead): void {
    this.#kept.set(sequence, head)
    this.#keptBytes += head.info.size
    for (const [oldest, { info }] of this.#kept) {
      if (this.#keptBytes <= KEPT_BYTES_MAX || oldest === sequence) return
      this.#kept.delete(oldest)
      this.#keptBytes -= info.size
    }
  }
}

/** The body of a version; undefined for a tombstone. */
export function bodyOf(head: StoredHead): Uint8Array | undefined {
  return head.state === 'live' ? head.entry.body : undefined
}
