import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Plan } from './scenarios/scenario.ts'
import type { WorkerProcess } from './worker-process.ts'

const TRIES_MAX = 50
const LOOKS = 40
const LOOK_EVERY_MS = 5

/**
 * Stops a process. One that shares an SQLite file is stopped outside of a write transaction: when nobody can begin one
 * afterwards, it goes on and is stopped again. Resolves with how many stops were undone.
 */
export async function stopProcess(worker: WorkerProcess, { engine }: Plan, directory: string): Promise<number> {
  for (let undone = 0; ; undone++) {
    worker.signal('SIGSTOP')
    if (engine.id !== 'latchless/sqlite' || (await canWrite(directory))) return undone
    worker.signal('SIGCONT')
    if (undone === TRIES_MAX) throw new Error('Cannot stop the process: it was always inside a write transaction')
    await sleep(LOOK_EVERY_MS * (1 + Math.random()))
  }
}

async function canWrite(directory: string): Promise<boolean> {
  const file = (await readdir(directory)).find((name) => name.endsWith('.sqlite'))
  if (file === undefined) throw new Error(`Cannot stop the process: there is no database in "${directory}"`)
  using database = new DatabaseSync(join(directory, file), { timeout: 0 })
  for (let look = 0; look < LOOKS; look++) {
    if (beginsWriting(database)) return true
    await sleep(LOOK_EVERY_MS)
  }
  return false
}

function beginsWriting(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN IMMEDIATE')
  } catch {
    return false
  }
  database.exec('ROLLBACK')
  return true
}
