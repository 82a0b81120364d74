import type { QueryOptions } from '../filesystem.ts'
import type { ModelStep, Pick } from './model-drawing.ts'

/** A random query over the collections of the model. */
export function queryStep(pick: Pick): ModelStep {
  const collection = pick(['/m', '/m', '/m', '/m', '/m/a', '/m-n', '/'])
  const index = pick(['by_n', 'by_n', 'by_n', 'by_text', 'by_text', 'by_nothing'])
  const after = pick([
    undefined,
    undefined,
    undefined,
    { tuple: [1, 'x'], path: '/m/a' },
    { tuple: [2], path: '/m/zzz' },
  ])
  const options: QueryOptions = {
    range: pick([
      undefined,
      undefined,
      undefined,
      {},
      { prefix: [1] },
      { prefix: ['3'] },
      { from: [2] },
      { to: [2] },
      { from: [1], to: [3] },
    ]),
    order: pick([undefined, 'ascending', 'descending']),
    limit: pick([undefined, 1, 2]),
    bodies: pick([true, false]),
    after,
  }
  return {
    name: () => `query ${collection} ${index} ${JSON.stringify(options)}`,
    run: (filesystem) => filesystem.query(collection, index, options),
  }
}
