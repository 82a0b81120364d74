import type { StoreOperation } from '../store-operations.ts'
import { storeOperations } from '../store-operations.ts'
import type { Scenario } from './scenario.ts'
import { isOurs, modesAt, planOf } from './scenario.ts'

/** One operation of each store that registered one, on every backend. */
export const stores: Scenario = {
  id: 'stores',
  title: 'Operations of the stores',
  plans(engines, settings, leaveOut) {
    if (storeOperations.length === 0) {
      leaveOut('*', 'no store has registered an operation')
      return []
    }
    return engines.flatMap((engine) => {
      if (!isOurs(engine)) {
        leaveOut(engine.id, 'the stores are ours')
        return []
      }
      return modesAt(engine, settings.durability)
        .filter(({ mode }) => mode === 'combine')
        .flatMap((mode) =>
          storeOperations
            .map((operation) => plan(operation))
            .map((rest) => planOf('stores', engine, mode, settings, rest)),
        )
    })
  },
}

function plan({ id, writers }: StoreOperation) {
  return { processes: 1, writers, paths: 'own', work: 'store', operation: id, variant: id } as const
}
