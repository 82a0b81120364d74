import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

export type SqliteRow = Readonly<Record<string, unknown>>

// SQLite answers in the thread that asks, and some questions go through the whole file.
const ASK = `
const { parentPort, workerData } = require('node:worker_threads')
const { DatabaseSync } = require('node:sqlite')
const database = new DatabaseSync(workerData.path, { readOnly: true })
const rows = workerData.questions.map((question) => database.prepare(question).all())
database.close()
parentPort.postMessage(rows)
`

/**
 * What a database answers to questions in SQL, in a thread and on a connection of their own that cannot write.
 *
 * @throws what SQLite said, or the reason of the signal.
 */
export async function sqliteRows(
  path: string,
  questions: readonly string[],
  signal: AbortSignal,
): Promise<readonly (readonly SqliteRow[])[]> {
  const worker = new Worker(ASK, { eval: true, workerData: { path, questions }, execArgv: [] })
  try {
    // An error of the worker rejects.
    const [rows] = (await once(worker, 'message', { signal })) as [(readonly SqliteRow[])[]]
    return rows
  } finally {
    await worker.terminate()
  }
}
