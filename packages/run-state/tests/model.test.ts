import { backends, manualClock } from '@latchless/store-testing'
import { RunState } from '@latchless/run-state'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { commandSequences } from './support/model-commands.ts'
import { Model, PENDING_MAX } from './support/model.ts'
import { scope } from './support/fixtures.ts'

const modelled = backends.filter(({ name }) => name === 'memory' || name === 'sqlite')

test.each(modelled)('on $name, every sequence of commands ends as in the model', async ({ name, fresh }) => {
  const property = fc.asyncProperty(commandSequences(), async (commands) => {
    const store = await fresh()
    const filesystem = await store.open()
    const clock = manualClock()
    const model = new Model()
    model.now = clock.now()
    const state = new RunState(filesystem, { now: clock.now, pendingMax: PENDING_MAX })
    try {
      await fc.asyncModelRun(() => ({ model, real: { state, clock } }), commands)
      const listed = await state.approvals.listForScope(scope)
      expect(listed.items.map(({ id }) => id).toSorted()).toEqual(model.visible())
    } finally {
      await store.close()
    }
  })
  await fc.assert(property, { seed: 1, numRuns: name === 'memory' ? 150 : 25 })
})
