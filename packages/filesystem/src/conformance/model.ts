import assert from 'node:assert/strict'
import { MemoryFilesystem } from '../backends/memory/memory-filesystem.ts'
import type { Filesystem } from '../filesystem.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import type { CaseContext, CaseDefinition } from './case.ts'
import { answerOf, type Pair } from './model-answer.ts'
import type { ModelScope, ModelStep } from './model-drawing.ts'
import { nextStep } from './model-step.ts'
import { NaiveFilesystem } from './naive-filesystem.ts'

/** The naive model is there to check the memory backend, which checks the others, so one step of these is enough. */
const NAIVE_ONE_IN = 10

/** Random operations, each compared with what a model answers. */
export const modelCases: readonly CaseDefinition[] = [
  {
    name: 'Random operations answer as the memory backend does',
    async run(context) {
      const { limits } = context.filesystem.capabilities('/')
      await using model = await MemoryFilesystem.open({ limits })
      await compare(context, model, context.steps)
    },
  },
  {
    name: 'Random operations answer as a naive model of arrays does',
    async run(context) {
      await using model = new NaiveFilesystem()
      await compare(context, model, Math.ceil(context.steps / NAIVE_ONE_IN))
    },
  },
]

async function compare({ filesystem, seed }: CaseContext, model: Filesystem, steps: number): Promise<void> {
  const pair: Pair = { subject: filesystem, model }
  const numbers = seededRandom(seed)
  const scope = scopeOf(filesystem)
  const trail: ModelStep[] = []
  for (let n = 0; n < steps; n++) {
    const step = nextStep(() => numbers.fraction(), n, scope)
    trail.push(step)
    if (trail.length > 8) trail.shift()
    const [actual, expected] = [await answerOf(pair, 'subject', step), await answerOf(pair, 'model', step)]
    // Written out only when they differ: the trail is long to build.
    if (actual !== expected) {
      const names = trail.map(({ name }) => name()).join(' · ')
      assert.deepEqual(JSON.parse(actual), JSON.parse(expected), `seed ${seed}, step ${n}: ${names}`)
      assert.fail(`seed ${seed}, step ${n}: ${names}`)
    }
  }
}

function scopeOf(filesystem: Filesystem): ModelScope {
  const { cas, history, query, log, transact, maintain } = filesystem.capabilities('/')
  return { versioned: cas !== 'none', history, query: query !== 'none', log, transact, maintain }
}
