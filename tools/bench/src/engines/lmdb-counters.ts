import { join } from 'node:path'
import type { RootDatabase } from 'lmdb'
import { open } from 'lmdb'
import type { CounterBody } from './counter-body.ts'
import { fillerOf } from './counter-body.ts'
import type { Driver, DriverOptions, EngineMode, FilledRecord, Stall } from './engine.ts'

/** By default an answer waits for the commit, not for the device; `flushed` waits for both. */
export function lmdbModes(stalls: EngineMode['stalls']): EngineMode[] {
  return [
    { mode: 'flushed', durability: 'disk', history: false, stalls },
    { mode: 'default', durability: 'process', history: false, stalls },
  ]
}

export type LmdbUpdate = (
  database: RootDatabase<CounterBody, string>,
  path: string,
  filler: string,
  hold: () => Promise<void>,
) => Promise<void>

export class LmdbDriver implements Driver {
  readonly #database: RootDatabase<CounterBody, string>
  readonly #filler: string
  readonly #flush: boolean
  readonly #update: LmdbUpdate

  constructor({ place, bodyBytes, durability }: DriverOptions, update: LmdbUpdate) {
    this.#database = open<CounterBody, string>({ path: join(place, 'lmdb'), encoding: 'json', useVersions: true })
    this.#filler = fillerOf(bodyBytes)
    this.#flush = durability === 'disk'
    this.#update = update
  }

  async update(path: string, stall?: Stall): Promise<void> {
    await this.#update(this.#database, path, this.#filler, async () => stall?.until)
    if (this.#flush) await this.#database.flushed
  }

  async count(path: string): Promise<number> {
    return this.#database.get(path)?.count ?? 0
  }

  async fill(records: readonly FilledRecord[]): Promise<void> {
    await this.#database.batch(() => {
      for (const { path, count } of records) void this.#database.put(path, { count, filler: this.#filler }, 1)
    })
  }

  async close(): Promise<void> {
    await this.#database.close()
  }
}
