import type { Driver, PageKind } from './engines/engine.ts'
import type { WorkerConfig } from './messages.ts'
import { pathOf } from './record-paths.ts'
import { PAGE_RECORDS } from './scenarios/list.ts'

/** What a writer does once, and which record it is about; resolves with the number of records it read. */
export type Operation = (writer: number, step: number) => { readonly path: string; readonly done: Promise<unknown> }

/** Opens what is measured. It may take long, as a store has to be filled, so it comes before the window. */
export async function openOperation(config: WorkerConfig, driver: Driver): Promise<Operation> {
  const { work } = config
  if (work === 'store') return storeOperation(config, driver)
  if (work === 'update') {
    return (writer, step) => {
      const path = pathOf(config, writer, step)
      return { path, done: driver.update(path) }
    }
  }
  return pageOperation(config, driver, work)
}

function pageOperation({ engine }: WorkerConfig, driver: Driver, kind: PageKind): Operation {
  const read = driver.page?.bind(driver)
  if (!read) throw new Error(`Cannot measure pages: ${engine} has none`)
  const cursors = new Map<number, unknown>()
  return (writer) => ({
    path: '/',
    done: read(kind, cursors.get(writer), PAGE_RECORDS).then(({ records, next }) => {
      cursors.set(writer, next)
      return records
    }),
  })
}

async function storeOperation({ engine, operation }: WorkerConfig, driver: Driver): Promise<Operation> {
  const { storeOperations } = await import('./store-operations.ts')
  const found = storeOperations.find(({ id }) => id === operation)
  if (!found || !driver.filesystem) throw new Error(`Cannot measure "${operation}": it is not registered for ${engine}`)
  const once = await found.open(driver.filesystem)
  return (writer) => ({ path: '/', done: once(writer) })
}
