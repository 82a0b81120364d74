import assert from 'node:assert/strict'
import { exactly } from '../expectation.ts'
import type { Change, Filesystem, Head, WatchOptions } from '../filesystem.ts'
import { generationOf, sequenceOf } from '../version.ts'
import { text } from './samples.ts'
import { turns } from './turns.ts'

/** How many changes of a record of its own a watcher waits for before it takes another one for lost. */
const TICKS_MAX = 40

/** One iteration of a watch, read as it comes. Which paths its own record has is left out of what it tells. */
export class Watching implements AsyncDisposable {
  readonly #filesystem: Filesystem
  readonly #iterator: AsyncIterator<Change>
  readonly #tickPath: string
  readonly #changes: Change[] = []
  readonly #waiting = new Set<() => void>()
  #ticked = 0
  #ended: { readonly error?: unknown } | undefined
  #gaps = 0
  #cursor: string | undefined

  /** A watch from a cursor. Without one, see {@link Watching.start}. */
  constructor(filesystem: Filesystem, prefix: string, options: WatchOptions = {}) {
    this.#filesystem = filesystem
    this.#tickPath = `${prefix === '/' ? '' : prefix}/tick`
    this.#iterator = filesystem.watch(prefix, options)[Symbol.asyncIterator]()
    void this.#pump()
  }

  /** Watches from now on. Resolves when a write has been seen, so that every later one is owed. */
  static async start(filesystem: Filesystem, prefix: string, options: WatchOptions = {}): Promise<Watching> {
    const watching = new Watching(filesystem, prefix, options)
    while (watching.#ticked === 0) {
      watching.#assertRunning()
      await watching.#tick()
      await turns()
    }
    return watching
  }

  /** What was told, in order, the record of its own and gaps left out. */
  get changes(): readonly Exclude<Change, { type: 'gap' }>[] {
    return this.#changes.filter((change) => change.type !== 'gap')
  }

  get gaps(): number {
    return this.#gaps
  }

  /** The first thing that was told, the record of its own included. */
  get first(): Change | undefined {
    return this.#changes[0] ?? undefined
  }

  /** The cursor of the last change, the record of its own included. */
  get cursor(): string {
    assert.ok(this.#cursor !== undefined, 'nothing was told yet')
    return this.#cursor
  }

  /** What was told last of each path: `put 3`, `delete 4` or `compacted`. */
  get last(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.changes.map((change) => [change.path, inWords(change)]))
  }

  /**
   * Resolves when all of this was told last of its paths. Order holds per path only, so what is missing is given up when many
   * later writes of another path have been told.
   */
  async tells(expected: Readonly<Record<string, string>>): Promise<void> {
    const isTold = () => Object.entries(expected).every(([path, what]) => this.last[path] === what)
    for (let ticks = 0; !isTold() && ticks < TICKS_MAX; ticks++) await this.#tickSeen()
    for (const [path, what] of Object.entries(expected)) {
      assert.equal(this.last[path], what, `what the watch told last of ${path}`)
    }
    this.assertOrdered()
  }

  /** Resolves when a few later writes of another path were told, so that what is told at all is likely told. */
  async settles(): Promise<void> {
    for (let ticks = 0; ticks < 3; ticks++) await this.#tickSeen()
  }

  /** Asserts that of each path no version is told behind a later one. */
  assertOrdered(): void {
    const told = new Map<string, { readonly sequence: number; readonly generation: string }>()
    for (const change of this.changes) {
      if (change.type === 'compacted') {
        told.delete(change.path)
        continue
      }
      const [sequence, generation] = [sequenceOf(change.version), generationOf(change.version)]
      const before = told.get(change.path)
      if (before?.generation === generation) {
        assert.ok(sequence >= before.sequence, `${change.path}: v${sequence} was told behind v${before.sequence}`)
      }
      told.set(change.path, { sequence, generation })
    }
  }

  /** Resolves when the iteration has ended; rejects with the error that ended it. */
  async ends(): Promise<void> {
    await this.#until(() => this.#ended !== undefined)
    if (this.#ended && 'error' in this.#ended) throw this.#ended.error
  }

  /** Ends the iteration as `break` does. */
  async return(): Promise<void> {
    await this.#iterator.return?.()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  async #pump(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#iterator.next()
        if (done === true) break
        this.#take(value)
        this.#wake()
      }
      this.#ended = {}
    } catch (error) {
      this.#ended = { error }
    }
    this.#wake()
  }

  #take(change: Change): void {
    this.#cursor = change.cursor
    if (change.type === 'gap') this.#gaps++
    if (change.type === 'put' && change.path === this.#tickPath) this.#ticked = sequenceOf(change.version)
    else if (change.type === 'gap' || change.path !== this.#tickPath) this.#changes.push(change)
  }

  async #tick(): Promise<number> {
    const head: Head = await this.#filesystem.get(this.#tickPath)
    const { version } = await this.#filesystem.put(this.#tickPath, text('tick'), exactly(head))
    return sequenceOf(version)
  }

  async #tickSeen(): Promise<void> {
    const sequence = await this.#tick()
    // A watch that has only just been asked for may begin behind this one.
    while (this.#ticked === 0 && this.#ended === undefined) {
      await turns()
      await this.#tick()
    }
    await this.#until(() => this.#ticked >= sequence || this.#ended !== undefined)
    this.#assertRunning()
  }

  #assertRunning(): void {
    if (this.#ended && 'error' in this.#ended) throw this.#ended.error
    assert.ok(!this.#ended, 'the watch ended on its own')
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  #wake(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resolve of waiting) resolve()
  }
}

/** A change in the words of {@link Watching.last}. */
export function inWords(change: Exclude<Change, { type: 'gap' }>): string {
  return change.type === 'compacted' ? 'compacted' : `${change.type} ${sequenceOf(change.version)}`
}
