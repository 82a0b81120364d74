import assert from 'node:assert/strict'
import { MemoryFilesystem } from '../backends/memory.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import type { CaseContext, CaseDefinition } from './case.ts'
import { answerOf, type Pair } from './model-answer.ts'
import { nextStep } from './model-step.ts'

const STEPS = 500

/** Random operations, each compared with what the memory backend answers. */
export const modelCases: readonly CaseDefinition[] = [
  {
    name: 'Random operations answer as the memory backend does',
    async run({ filesystem, seed }: CaseContext) {
      await using model = await MemoryFilesystem.open({ limits: filesystem.capabilities('/').limits })
      const pair: Pair = { subject: filesystem, model }
      const numbers = seededRandom(seed)
      const random = () => numbers.fraction()
      const versioned = filesystem.capabilities('/').cas !== 'none'
      const history = filesystem.capabilities('/').history
      const trail: string[] = []
      for (let n = 0; n < STEPS; n++) {
        const step = nextStep(random, n, { versioned, history })
        trail.push(step.name)
        const [actual, expected] = [await answerOf(pair, 'subject', step), await answerOf(pair, 'model', step)]
        assert.deepEqual(actual, expected, `seed ${seed}, step ${n}: ${trail.slice(-6).join(' · ')}`)
      }
    },
  },
]
