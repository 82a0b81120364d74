import { increment } from './counter-body.ts'
import type { Engine } from './engine.ts'
import { LmdbDriver, lmdbModes } from './lmdb-counters.ts'

/** Read and write inside an asynchronous transaction, which is batched with others; its callback cannot wait. */
export const engine: Engine = {
  id: 'lmdb/transaction',
  family: 'sqlite',
  crossProcess: true,
  modes: lmdbModes([]),
  bodyBytesMax: 1024 * 1024 * 1024,
  async open(options) {
    return new LmdbDriver(options, async (database, path, filler) => {
      await database.transaction(() => {
        const current = database.getEntry(path)
        void database.put(path, increment(current?.value, filler), (current?.version ?? 0) + 1)
      })
    })
  },
}
