import type { Codec, Filesystem, Head, TransactStep, Version } from '@latchless/filesystem'
import { atVersion, casUpdate, defineRecord, parentOf, unwritten, write } from '@latchless/filesystem'
import { z } from 'zod'
import type { CounterBody } from './counter-body.ts'
import { fillerOf, increment } from './counter-body.ts'
import type { Driver, DriverOptions, FilledRecord, PageKind, Stall } from './engine.ts'
import type { Holdable } from './holdable.ts'
import { holdable } from './holdable.ts'

/** An update that is held up on purpose must not end by its own deadline. */
const HELD_TIMEOUT_MS = 120_000
const FILL_CONCURRENCY = 64
const INDEX = 'by_count'
const COLLECTION = '/records'

const shape = z.strictObject({ count: z.int().nonnegative(), filler: z.string() })

/** How a program uses latchless: a record type with a schema, and `casUpdate`. */
export class LatchlessDriver implements Driver {
  readonly filesystem: Filesystem
  readonly #mode: string
  readonly #codec: Codec<CounterBody>
  readonly #filler: string
  readonly #holdable: Holdable | undefined
  readonly #heads = new Map<string, { count: number; version: Version }>()

  constructor(filesystem: Filesystem, { mode, bodyBytes, keepVersions, indexed, stalls }: DriverOptions) {
    this.#holdable = stalls ? holdable(filesystem) : undefined
    this.filesystem = this.#holdable?.filesystem ?? filesystem
    this.#mode = mode
    this.#filler = fillerOf(bodyBytes)
    this.#codec = defineRecord({
      kind: 'bench_counter',
      schema: shape,
      ...(keepVersions === undefined ? {} : { keepVersions }),
      ...(indexed ? { indexes: { [INDEX]: ({ count }: CounterBody) => [count] } } : {}),
    })
  }

  async update(path: string, stall?: Stall): Promise<void> {
    if (this.#mode === 'put') return this.#put(path)
    if (stall?.at === 'call') this.#holdable?.holdNextPut(stall.until)
    let held = stall?.at === 'apply' ? stall.until : undefined
    const apply = (current: CounterBody | undefined) => write(increment(current, this.#filler))
    await casUpdate(
      this.filesystem,
      path,
      this.#codec,
      held === undefined
        ? apply
        : async (current) => {
            const until = held
            held = undefined
            await until
            return apply(current)
          },
      { combine: this.#mode === 'combine', ...(stall ? { timeoutMs: HELD_TIMEOUT_MS } : {}) },
    )
  }

  async count(path: string): Promise<number> {
    return (await this.#decode(await this.filesystem.get(path), path))?.count ?? 0
  }

  async fill(records: readonly FilledRecord[]): Promise<void> {
    const { transact, limits } = this.filesystem.capabilities(COLLECTION)
    const size = transact ? Math.min(limits.stepsMax, Math.max(1, Math.floor(4_000_000 / this.#filler.length))) : 1
    const batches = Array.from({ length: Math.ceil(records.length / size) }, (_, index) =>
      records.slice(index * size, (index + 1) * size),
    )
    const next = batches.values()
    const lane = async () => {
      for (const batch of next) await this.#fillBatch(batch, transact)
    }
    await Promise.all(Array.from({ length: FILL_CONCURRENCY }, lane))
  }

  async page(kind: PageKind, cursor: unknown, limit: number): Promise<{ records: number; next: unknown }> {
    const options = { limit, bodies: true, ...(cursor === undefined ? {} : { after: cursor as never }) }
    const page =
      kind === 'list'
        ? await this.filesystem.list(COLLECTION, options)
        : await this.filesystem.query(COLLECTION, INDEX, options)
    return { records: page.items.length, next: page.next }
  }

  async close(): Promise<void> {
    await this.filesystem.close()
  }

  // What an update costs at the least: the version is known, and nobody else writes.
  async #put(path: string): Promise<void> {
    const known = this.#heads.get(path) ?? (await this.#readHead(path))
    const body = { count: (known?.count ?? 0) + 1, filler: this.#filler }
    const entry = await this.#codec.encode(body, { path, sequence: 0 })
    const options = this.#codec.keepVersions === undefined ? {} : { keepVersions: this.#codec.keepVersions }
    const { version } = await this.filesystem.put(path, entry, known ? atVersion(known.version) : unwritten, options)
    this.#heads.set(path, { count: body.count, version })
  }

  async #readHead(path: string): Promise<{ count: number; version: Version } | undefined> {
    const head = await this.filesystem.get(path)
    const value = await this.#decode(head, path)
    return value && head.state === 'live' ? { count: value.count, version: head.version } : undefined
  }

  async #decode(head: Head, path: string): Promise<CounterBody | undefined> {
    return head.state === 'live' ? this.#codec.decode(head.entry, path) : undefined
  }

  async #fillBatch(records: readonly FilledRecord[], transact: boolean): Promise<void> {
    const steps: (TransactStep & { type: 'put' })[] = []
    for (const { path, count } of records) {
      if (parentOf(path) !== COLLECTION) throw new RangeError(`Cannot fill "${path}": it is not below ${COLLECTION}`)
      const entry = await this.#codec.encode({ count, filler: this.#filler }, { path, sequence: 1 })
      steps.push({ type: 'put', path, entry, expect: unwritten })
    }
    if (transact) await this.filesystem.transact(steps)
    else for (const { path, entry, expect } of steps) await this.filesystem.put(path, entry, expect)
  }
}
