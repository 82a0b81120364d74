import type { Codec } from '../codec.ts'
import type { AppliedOp, Entry, Head, UpdateInfo, WriteResult } from '../filesystem.ts'
import { deepFreeze } from '../freeze.ts'
import { nextOps } from '../record-state.ts'
import type { Version } from '../version.ts'
import { generationOf, sequenceOf } from '../version.ts'

/** A record as one process last saw it. */
export class Snapshot {
  readonly head: Head
  /** The arrivals up to here were there before this was read, so it was the record at a moment within their calls. */
  readonly asOf: number
  #decoded: { readonly codec: Codec<unknown>; readonly value: unknown } | undefined

  constructor(head: Head, asOf: number) {
    this.head = head
    this.asOf = asOf
  }

  /** After a write of ours: what is in the record now, without reading it. It is decoded as others will decode it. */
  static written(
    before: Snapshot,
    entry: Entry | undefined,
    updates: readonly UpdateInfo[],
    { version, writeId }: WriteResult,
    asOf: number,
  ): Snapshot {
    const ops = nextOps(before.ops, version, updates)
    // Nobody is shown this head: the combiner goes by its version, entry and ops alone.
    const info = { version, writeId, writer: NOBODY, time: 0, size: entry?.body.length ?? 0, updates }
    return new Snapshot(
      entry ? { state: 'live', version, entry, info, ops } : { state: 'deleted', version, info, ops },
      asOf,
    )
  }

  get version(): Version | undefined {
    return this.head.state === 'unwritten' ? undefined : this.head.version
  }

  get ops(): readonly AppliedOp[] {
    return this.head.state === 'unwritten' ? [] : this.head.ops
  }

  /** Bytes that keeping this costs, about. */
  get bytes(): number {
    // A decoded value takes a small multiple of its bytes; the rest is a guess of what a head takes at the least.
    return 1024 + (this.head.state === 'live' ? 4 * this.head.entry.body.length : 0) + 100 * this.ops.length
  }

  /** Whether it is known to lie before another one. */
  isOlderThan({ version }: Snapshot): boolean {
    if (version === undefined || this.version === undefined) return this.version === undefined && version !== undefined
    return generationOf(version) === generationOf(this.version) && sequenceOf(this.version) < sequenceOf(version)
  }

  /** The value of a live record, decoded once, deep-frozen; undefined when there is none. */
  async decode(codec: Codec<unknown>, path: string): Promise<unknown> {
    if (this.head.state !== 'live') return undefined
    if (this.#decoded?.codec !== codec) {
      this.#decoded = { codec, value: deepFreeze(await codec.decode(this.head.entry, path)) }
    }
    return this.#decoded.value
  }
}

const NOBODY = { service: '', host: '', pid: 0 }
