import type { StatsWindow } from '../trace/trace-stats.ts'
import type { Trace } from '../trace/trace.ts'
import { type ModelInputs, modelInputs } from './model-inputs.ts'
import { type Policy, policyText } from './policy.ts'
import { type ModelledWindow, whatIf } from './what-if.ts'

/** One window, and what the model made of it so far. */
export class Study {
  readonly window: StatsWindow
  readonly inputs: ModelInputs
  readonly #modelled = new Map<string, ModelledWindow>()

  /** @throws {InspectorError} `refused` when there is too little in the window. */
  constructor(trace: Trace, window: StatsWindow) {
    this.window = window
    this.inputs = modelInputs(trace, window)
  }

  /** What is known of a policy without running it. */
  known(policy: Policy): ModelledWindow | undefined {
    return this.#modelled.get(policyText(policy))
  }

  /** Runs it, unless it was run before. */
  async model(policy: Policy, signal?: AbortSignal): Promise<ModelledWindow> {
    const known = this.known(policy)
    if (known) return known
    const modelled = await whatIf(this.inputs, policy, { signal })
    this.#modelled.set(policyText(policy), modelled)
    return modelled
  }
}
