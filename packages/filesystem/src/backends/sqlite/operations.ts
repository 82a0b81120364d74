import { lastChange, readChanges } from './changes.ts'
import type { Database } from './database.ts'
import { readHistory, readVersion } from './history.ts'
import { queryIndex } from './index-rows.ts'
import { listPage } from './listing.ts'
import { appendEntries, readEntries, trimEntries } from './logs.ts'
import { purge } from './maintenance.ts'
import type { ReadCall, WriteCall } from './protocol.ts'
import { readHead, writeRecord } from './records.ts'
import { runTransact } from './transaction.ts'

export function runRead(database: Database, call: ReadCall, changesMax: number): unknown {
  switch (call.type) {
    case 'get':
      return readHead(database, call.path)
    case 'list':
      return listPage(database, call.list)
    case 'query':
      return queryIndex(database, call.collection, call.index, call.range, call.bodies)
    case 'history':
      return readHistory(database, call.path, call.before, call.limit, call.bodies)
    case 'version':
      return readVersion(database, call.path, call.sequence)
    case 'entries':
      return readEntries(database, call.log, call.after, call.limit)
    case 'changes':
      return readChanges(database, call.after, call.prefix, changesMax)
    case 'lastChange':
      return lastChange(database)
  }
}

export function runWrite(database: Database, call: WriteCall): unknown {
  switch (call.type) {
    case 'write':
      return writeRecord(database, call.planned)
    case 'append':
      return appendEntries(database, call.planned)
    case 'trim':
      return trimEntries(database, call.log, call.before)
    case 'transact':
      return runTransact(database, call.transact)
    case 'purge':
      return purge(database, call.before, call.limit, call.changesMax)
  }
}
