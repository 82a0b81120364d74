import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Engine } from './engine.ts'
import { sqliteModes, SyncSqliteDriver } from './sync-sqlite.ts'

export const engine: Engine = {
  id: 'node-sqlite',
  family: 'sqlite',
  crossProcess: true,
  modes: sqliteModes,
  bodyBytesMax: 256 * 1024 * 1024,
  async open(options) {
    return new SyncSqliteDriver('node-sqlite', new DatabaseSync(join(options.place, 'counters.sqlite')), options)
  },
}
