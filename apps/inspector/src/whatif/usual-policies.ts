import type { ModelInputs } from './model-inputs.ts'
import { type Policy, WRITERS_MAX } from './policy.ts'

/** Times the first wait, where the doubling of a usual backoff ends. */
const CAP_PER_BASE = 20

/** What one would ask first: the other mode, other waits, fewer and more writers. */
export function usualPolicies({ mode, costs, loads }: ModelInputs): Policy[] {
  const baseUs = 1000 * Math.max(1, Math.round(costs.serviceUs / 1000))
  const capUs = Math.min(60e6, CAP_PER_BASE * baseUs)
  const writers = [Math.floor(loads.length / 2), 2 * loads.length]
  return [
    { mode: mode === 'plain' ? 'combine' : 'plain' },
    { backoff: { baseUs: 0, capUs: 0 } },
    { backoff: { baseUs: Math.min(baseUs, capUs), capUs } },
    ...writers.filter((count) => count >= 1 && count <= WRITERS_MAX).map((count) => ({ writers: count })),
  ]
}
