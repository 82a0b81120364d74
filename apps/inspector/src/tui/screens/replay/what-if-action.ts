import { parsePolicy, type Policy, POLICY_ARGUMENT } from '../../../whatif/policy.ts'
import type { Action } from '../../action.ts'
import type { ReplayModel } from './replay-model.ts'
import type { WhatIfPanel } from './what-if-panel.ts'
import { windowInSight } from './window-in-sight.ts'

/** Asks a model what the time in sight had come to under another policy. */
export function whatIfAction(model: () => ReplayModel | undefined, panel: WhatIfPanel): Action {
  const open = (policies: readonly Policy[]): void => {
    const current = model()
    if (current) panel.open(current.trace, windowInSight(current), policies)
  }
  return {
    name: 'model the time in sight under other policies',
    keys: ['W'],
    ...(panel.isOpen ? {} : { hint: 'what if' }),
    synonyms: ['simulate', 'backoff', 'writers', 'combine'],
    run: () => open([]),
    command: {
      word: 'what-if',
      argument: POLICY_ARGUMENT,
      take: (text) =>
        open(
          text
            .trim()
            .split(/\s+/)
            .map((each) => parsePolicy(each)),
        ),
    },
  }
}
