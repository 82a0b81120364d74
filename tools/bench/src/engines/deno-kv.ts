import { join } from 'node:path'
import type { Kv } from '@deno/kv'
import { openKv } from '@deno/kv'
import type { CounterBody } from './counter-body.ts'
import { fillerOf, increment } from './counter-body.ts'
import type { Driver, DriverOptions, Engine, Stall } from './engine.ts'
import { retryWithBackoff } from './retry.ts'

/** `atomic().check().set()`; a check that fails and a busy database are both tried again. */
class DenoKvDriver implements Driver {
  readonly #kv: Kv
  readonly #filler: string

  constructor(kv: Kv, { bodyBytes }: DriverOptions) {
    this.#kv = kv
    this.#filler = fillerOf(bodyBytes)
  }

  async update(path: string, stall?: Stall): Promise<void> {
    await retryWithBackoff('deno-kv', async (tries) => {
      try {
        const current = await this.#kv.get<CounterBody>([path])
        if (tries === 0) await stall?.until
        const next = increment(current.value ?? undefined, this.#filler)
        const { ok } = await this.#kv.atomic().check(current).set([path], next).commit()
        return ok
      } catch (error) {
        if (error instanceof Error && error.message.includes('locked')) return false
        throw error
      }
    })
  }

  async count(path: string): Promise<number> {
    const { value } = await this.#kv.get<CounterBody>([path])
    return value?.count ?? 0
  }

  async close(): Promise<void> {
    this.#kv.close()
  }
}

export const engine: Engine = {
  id: 'deno-kv',
  family: 'sqlite',
  crossProcess: true,
  modes: [{ mode: 'atomic', durability: 'disk', history: false, stalls: ['apply'] }],
  bodyBytesMax: 64 * 1024,
  async open(options) {
    return new DenoKvDriver(await openKv(join(options.place, 'kv.sqlite')), options)
  },
}
