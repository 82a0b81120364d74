/** The thread that owns the connection. The thread that started it never touches SQLite. */
import { parentPort, workerData } from 'node:worker_threads'
import { systemRuntime } from '../../runtime.ts'
import { openDatabase } from './open-database.ts'
import type { FromWorker, ToWorker, WorkerSettings } from './protocol.ts'
import { toRefusal } from './refusal.ts'
import { StoreLoop } from './store-loop.ts'

const port = parentPort
const settings = workerData as WorkerSettings
if (!port) throw new TypeError('Cannot run the SQLite worker: it is no program of its own')
const tell = (message: FromWorker): void => port.postMessage(message)

try {
  const { database, epoch } = await openDatabase(settings)
  const loop = new StoreLoop(database, settings, systemRuntime, tell, () => port.close())
  port.on('message', (messages: readonly ToWorker[]) => loop.receive(messages))
  tell({ opened: { epoch } })
} catch (error) {
  tell({ refused: toRefusal(error) })
  port.close()
}
