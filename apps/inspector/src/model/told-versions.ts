import type { Version } from '@latchless/filesystem'

/** Paths of which the last version is remembered. Of others a repetition may be shown. */
const PATHS_MAX = 100_000

/** What was told of each path last: a watch tells every change at least once, and a person wants to see it once. */
export class ToldVersions {
  readonly #last = new Map<string, Version>()

  /** Remembers a version; returns the one that was told of the path before, if that is known. */
  tell(path: string, version: Version): Version | undefined {
    const before = this.#last.get(path)
    this.forget(path)
    this.#last.set(path, version)
    const [oldest] = this.#last.keys()
    if (this.#last.size > PATHS_MAX && oldest !== undefined) this.#last.delete(oldest)
    return before
  }

  forget(path: string): void {
    this.#last.delete(path)
  }
}
