import type { StoreOperation } from '../store-operations.ts'
import { storeOperations } from '../store-operations.ts'
import type { Scenario } from './scenario.ts'
import { isOurs, modesAt, planOf } from './scenario.ts'

/** What programs do most with each store, on every backend: in a new store, and in one where it was done many times. */
export const stores: Scenario = {
  id: 'stores',
  title: 'Operations of the stores',
  plans(engines, settings, leaveOut) {
    return engines.flatMap((engine) => {
      if (!isOurs(engine)) {
        leaveOut(engine.id, 'the stores are ours')
        return []
      }
      return modesAt(engine, settings.durability)
        .filter(({ mode }) => mode === 'combine')
        .flatMap((mode) =>
          storeOperations.map((operation) => planOf('stores', engine, mode, settings, plan(operation))),
        )
    })
  },
}

function plan({ id, writers }: StoreOperation) {
  return { processes: 1, writers, paths: 'own', work: 'store', operation: id, variant: id } as const
}
