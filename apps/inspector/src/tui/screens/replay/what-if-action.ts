import { parsePolicy, type Policy, POLICY_ARGUMENT } from '../../../whatif/policy.ts'
import type { Action } from '../../action.ts'
import type { ReplayModel } from './replay-model.ts'
import type { WhatIfPanel } from './what-if-panel.ts'

/** Asks a model what the time in sight had come to under another policy. */
export function whatIfAction(model: () => ReplayModel | undefined, panel: WhatIfPanel): Action {
  const open = (policies: readonly Policy[]): void => {
    const current = model()
    if (!current) return
    const { trace, sight, onlyKey } = current
    const { fromUs, toUs } = sight.lens
    const window = { fromUs: Math.max(fromUs, trace.startUs), toUs: Math.min(toUs, trace.endUs), key: onlyKey }
    panel.open(trace, window, policies)
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
