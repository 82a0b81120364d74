import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Engine } from './engine.ts'
import { sqliteModes, SyncSqliteDriver } from './sync-sqlite.ts'

export const engine: Engine = {
  id: 'better-sqlite3',
  family: 'sqlite',
  crossProcess: true,
  modes: sqliteModes,
  bodyBytesMax: 256 * 1024 * 1024,
  async open(options) {
    return new SyncSqliteDriver('better-sqlite3', new Database(join(options.place, 'counters.sqlite')), options)
  },
}
