import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { lock } from 'proper-lockfile'
import writeFileAtomic from 'write-file-atomic'
import type { CounterBody } from './counter-body.ts'
import { fillerOf, increment } from './counter-body.ts'
import type { Driver, DriverOptions, Engine, Stall } from './engine.ts'

const ID = 'lockfile+write-file-atomic'
/** The same waits and tries that the other peers get. */
const RETRIES = { retries: 31, minTimeout: 2, maxTimeout: 50, factor: 2, randomize: true }

/** A lock directory around reading a file and replacing it; the file is synced, its directory is not. */
class LockfileDriver implements Driver {
  readonly #root: string
  readonly #filler: string
  readonly #created = new Set<string>()

  constructor({ place, bodyBytes }: DriverOptions) {
    this.#root = place
    this.#filler = fillerOf(bodyBytes)
  }

  async update(path: string, stall?: Stall): Promise<void> {
    const file = await this.#fileOf(path)
    // Somebody took the lock away, because this process did not renew it for so long.
    let compromised = false
    const onCompromised = () => {
      compromised = true
    }
    const release = await lock(file, { retries: RETRIES, realpath: false, onCompromised })
    try {
      const current = await readCounter(file)
      await stall?.until
      await writeFileAtomic(file, JSON.stringify(increment(current, this.#filler)))
    } finally {
      if (!compromised) await release()
    }
    if (compromised) throw new Error('Cannot vouch for the update: its lock was taken away meanwhile')
  }

  async count(path: string): Promise<number> {
    const current = await readCounter(join(this.#root, path))
    return current?.count ?? 0
  }

  async fill(records: readonly { path: string; count: number }[]): Promise<void> {
    for (const { path, count } of records) {
      await writeFile(await this.#fileOf(path), JSON.stringify({ count, filler: this.#filler }))
    }
  }

  async close(): Promise<void> {}

  async #fileOf(path: string): Promise<string> {
    const file = join(this.#root, path)
    if (!this.#created.has(path)) await mkdir(dirname(file), { recursive: true })
    this.#created.add(path)
    return file
  }
}

async function readCounter(file: string): Promise<CounterBody | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as CounterBody
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

export const engine: Engine = {
  id: ID,
  family: 'local',
  crossProcess: true,
  modes: [{ mode: 'lock', durability: 'disk', history: false, stalls: ['apply'] }],
  bodyBytesMax: 1024 * 1024 * 1024,
  async open(options) {
    return new LockfileDriver(options)
  },
}
