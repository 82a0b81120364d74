import type { Expectation, Head, Version, WriteOptions, WriteResult } from '@latchless/filesystem'
import { absent, anything, atVersion, exactly, unwritten, VersionMismatch } from '@latchless/filesystem'
import type { Client } from './client.ts'
import { chance, isUnknown, oneOf, REPEATS_MAX, slotOf } from './client.ts'
import type { Register } from './records.ts'
import { registerType } from './records.ts'
import { updateRegister } from './register-update.ts'

const HOT = 3
const COLD = 12
const SHARDS = 4

/** Reads, sets and deletes one register, in one of the ways there are. */
export class RegisterWork {
  readonly #client: Client
  /** Heads seen before, to build on what may have been overtaken. */
  readonly #known = new Map<string, Head>()

  constructor(client: Client) {
    this.#client = client
  }

  async step(): Promise<void> {
    const client = this.#client
    const slot = slotOf(client, HOT, COLD)
    const path = client.places.path('registers', slot)
    const drawn = client.random.below(100)
    try {
      if (drawn < 18) this.#saw(slot, path, await client.filesystem.get(path))
      else if (drawn < 50) await this.#replace(slot, path)
      else if (drawn < 58) await this.#put(slot, path, anything)
      else if (drawn < 65) await this.#put(slot, path, oneOf(client, absent, absent, unwritten))
      else if (drawn < 74) await this.#delete(slot, path)
      else await this.#update(slot, path)
    } catch (error) {
      if (!(error instanceof VersionMismatch)) throw error
      if (error.step === undefined) this.#saw(slot, path, error.current)
    }
  }

  #saw(slot: number, path: string, head: Head): void {
    if (this.#known.size > 200) this.#known.clear()
    this.#known.set(path, head)
    this.#client.places.saw('registers', slot, path, head.state === 'unwritten' ? undefined : head.version)
  }

  async #head(slot: number, path: string): Promise<Head> {
    const known = this.#known.get(path)
    if (known && chance(this.#client, 0.5)) return known
    const head = await this.#client.filesystem.get(path)
    this.#saw(slot, path, head)
    return head
  }

  async #replace(slot: number, path: string): Promise<void> {
    const head = await this.#head(slot, path)
    // A writer that pauses between its read and its write is what others overtake.
    if (chance(this.#client, 0.3)) await this.#client.runtime.sleep(this.#client.random.fraction() * 8)
    await this.#put(slot, path, exactly(head))
  }

  async #put(slot: number, path: string, expect: Expectation): Promise<void> {
    const entry = registerType.encode(this.#value())
    const result = await this.#send((options) =>
      this.#client.filesystem.put(path, entry, expect, { ...options, keepVersions: registerType.keepVersions }),
    )
    this.#landed(slot, path, result.version)
  }

  async #delete(slot: number, path: string): Promise<void> {
    const head = await this.#head(slot, path)
    const expect = chance(this.#client, 0.3) || head.state === 'unwritten' ? anything : atVersion(head.version)
    const result = await this.#send((options) =>
      this.#client.filesystem.delete(path, expect, { ...options, keepVersions: registerType.keepVersions }),
    )
    this.#landed(slot, path, result?.version)
  }

  async #update(slot: number, path: string): Promise<void> {
    this.#landed(slot, path, await updateRegister(this.#client, path, this.#value()))
  }

  /** Sends a write until its outcome is known, or, at times, leaves it open. */
  async #send<Result extends WriteResult | undefined>(
    send: (options: WriteOptions) => Promise<Result>,
  ): Promise<Result> {
    const options = { writeId: this.#client.runtime.randomHex(16) }
    for (let repeats = 0; ; repeats++) {
      try {
        return await send(options)
      } catch (error) {
        if (!isUnknown(error) || repeats === REPEATS_MAX || chance(this.#client, 0.3)) throw error
      }
      await this.#client.runtime.sleep(this.#client.random.fraction() * 20)
    }
  }

  #landed(slot: number, path: string, version: Version | undefined): void {
    this.#client.places.saw('registers', slot, path, version)
  }

  #value(): Register {
    const { random } = this.#client
    return { name: this.#client.nextName(), shard: random.below(SHARDS), number: random.below(1000) }
  }
}
