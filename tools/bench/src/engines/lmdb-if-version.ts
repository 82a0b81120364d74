import { increment } from './counter-body.ts'
import type { Engine } from './engine.ts'
import { LmdbDriver, lmdbModes } from './lmdb-counters.ts'
import { retryWithBackoff } from './retry.ts'

/** A put under the version that was read, judged in the writer thread. */
export const engine: Engine = {
  id: 'lmdb/if-version',
  family: 'sqlite',
  crossProcess: true,
  modes: lmdbModes(['apply']),
  bodyBytesMax: 1024 * 1024 * 1024,
  async open(options) {
    return new LmdbDriver(options, (database, path, filler, hold) =>
      retryWithBackoff('lmdb/if-version', async (tries) => {
        const current = database.getEntry(path)
        if (tries === 0) await hold()
        const next = increment(current?.value, filler)
        if (current) return database.put(path, next, (current.version ?? 0) + 1, current.version ?? 0)
        return database.ifNoExists(path, () => void database.put(path, next, 1))
      }),
    )
  },
}
