import { join } from 'node:path'
import Database from 'libsql'
import type { Engine } from './engine.ts'
import { sqliteModes, SyncSqliteDriver } from './sync-sqlite.ts'

export const engine: Engine = {
  id: 'libsql',
  family: 'sqlite',
  crossProcess: true,
  modes: sqliteModes,
  bodyBytesMax: 256 * 1024 * 1024,
  async open(options) {
    return new SyncSqliteDriver('libsql', new Database(join(options.place, 'counters.sqlite')), options)
  },
}
