import type { Filesystem, TransactStep } from '../filesystem.ts'
import { bodies } from './log-reading.ts'
import { entryOf, expectationAt, logs, nested, writeOptions } from './model-drawing.ts'
import type { ExpectationName, ModelScope, ModelStep, Pick } from './model-drawing.ts'

interface Drawn {
  readonly name: string
  readonly step: (filesystem: Filesystem) => Promise<TransactStep>
}

const likely: readonly ExpectationName[] = ['head', 'head', 'head', 'any', 'absent', 'unwritten', 'previous']

/** A random transact over some of the paths of the model. */
export function transactStep(n: number, pick: Pick, scope: ModelScope): ModelStep {
  const drawn: Drawn[] = []
  const taken = new Set<string>()
  const count = pick([1, 2, 2, 3])
  for (let at = 0; at < count; at++) {
    const next = drawStep(n, pick, scope)
    if (!taken.has(next.path)) drawn.push(next)
    taken.add(next.path)
  }
  // Of a lost transact nothing may be left, so most of them are left as they come and may lose.
  const options = writeOptions(n, pick, scope)
  return {
    name: () => `transact ${drawn.map(({ name }) => name).join(', ')} ${JSON.stringify(options)}`,
    run: async (filesystem) => {
      const steps: TransactStep[] = []
      for (const { step } of drawn) steps.push(await step(filesystem))
      return filesystem.transact(steps, options)
    },
  }
}

function drawStep(n: number, pick: Pick, scope: ModelScope): Drawn & { readonly path: string } {
  const type = pick(['check', 'put', 'put', 'delete', scope.log ? 'append' : 'put'] as const)
  if (type === 'append') {
    const path = pick(logs)
    const given = bodies(...Array.from({ length: pick([1, 2]) }, (_, at) => `t${n}.${at}`))
    return { path, name: `append ${path}`, step: async () => ({ type, path, bodies: given }) }
  }
  const path = pick(nested)
  const expect = type === 'delete' ? pick(['head', 'head', 'any', 'previous'] as const) : pick(likely)
  const entry = entryOf(n, pick)
  return {
    path,
    name: `${type} ${path} under ${expect}`,
    step: async (filesystem) => {
      const found = await expectationAt(expect, filesystem, path)
      return type === 'put' ? { type, path, entry, expect: found } : { type, path, expect: found }
    },
  }
}
