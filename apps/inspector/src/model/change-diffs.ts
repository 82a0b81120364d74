import { type Change, CompactedError, type Filesystem, sequenceOf } from '@latchless/filesystem'
import { InspectorError } from '../inspector-error.ts'
import { readBody } from './body.ts'
import { type BodyDiff, diffBodies } from './body-diff.ts'
import { type Side, sideOf } from './load-sides.ts'
import { shownBodies } from './shown-bodies.ts'

/** Paths whose last version is remembered. Of others a change is compared with the version before it. */
const PATHS_MAX = 10_000

export interface ChangeDiff {
  readonly from: Side
  readonly to: Side
  readonly diff: BodyDiff
}

/** What each change changed, since the last change of the same path that was told. */
export class ChangeDiffs {
  readonly #fs: Filesystem
  readonly #reveal: boolean
  readonly #told = new Map<string, number>()

  constructor(fs: Filesystem, reveal: boolean) {
    this.#fs = fs
    this.#reveal = reveal
  }

  /** Undefined for a first version, and where one of the two is not retained or too different. */
  async next(change: Change): Promise<ChangeDiff | undefined> {
    if (change.type === 'gap' || change.type === 'compacted') return undefined
    const sequence = sequenceOf(change.version)
    const before = this.#told.get(change.path) ?? sequence - 1
    this.#remember(change.path, sequence)
    if (before < 1 || before >= sequence) return undefined
    const [from, to] = await Promise.all([this.#side(change.path, before), this.#side(change.path, sequence)])
    if (!from || !to || to.version !== change.version) return undefined
    try {
      const { before, after } = await shownBodies(from, to, this.#reveal)
      return { from, to, diff: diffBodies(before && readBody(before), after && readBody(after)) }
    } catch (error) {
      if (error instanceof InspectorError && error.code === 'refused') return undefined
      throw error
    }
  }

  #remember(path: string, sequence: number): void {
    this.#told.delete(path)
    this.#told.set(path, sequence)
    const [oldest] = this.#told.keys()
    if (this.#told.size > PATHS_MAX && oldest !== undefined) this.#told.delete(oldest)
  }

  async #side(path: string, sequence: number): Promise<Side | undefined> {
    try {
      const head = await this.#fs.getVersion(path, sequence)
      if (!head) return undefined
      return sideOf(path, head.state, head.version, head.state === 'live' ? head.entry : undefined)
    } catch (error) {
      if (error instanceof CompactedError) return undefined
      throw error
    }
  }
}
