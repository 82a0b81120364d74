import type { Version } from '@latchless/filesystem'

/** Paths of which the last version is remembered. Of others a repetition may be shown. */
const PATHS_MAX = 100_000

/** What was told of each path last: a watch tells every change at least once, and a person wants to see it once. */
export class ToldVersions {
  readonly #last = new Map<string, Version>()

  /** Whether the version is another one than that which was told of the path before. Remembers it. */
  isNew(path: string, version: Version): boolean {
    if (this.#last.get(path) === version) return false
    this.#last.delete(path)
    this.#last.set(path, version)
    const [oldest] = this.#last.keys()
    if (this.#last.size > PATHS_MAX && oldest !== undefined) this.#last.delete(oldest)
    return true
  }
}
