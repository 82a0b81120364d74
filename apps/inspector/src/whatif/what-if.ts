import { setImmediate as nextTurn } from 'node:timers/promises'
import { loadsOf } from './arrivals.ts'
import { backoffWaits, casUpdateWaits } from './cas-update-waits.ts'
import { CombinedWriter } from './combined-writer.ts'
import { FIGURES, type WindowFigures } from './figures.ts'
import type { ModelInputs } from './model-inputs.ts'
import { plainUpdate } from './plain-writer.ts'
import { type Policy, policyText } from './policy.ts'
import { seededRandom } from './seeded-random.ts'
import { type Begin, Simulation } from './simulation.ts'

export const RUNS = 20
const SEED = 1
/** Attempts that one run may make; what has not ended by then is unfinished. */
const ATTEMPTS_MAX = 100_000
/** Between looks at others who want the event loop. */
const EVENTS_PER_TURN = 5000

/** A figure over all runs. */
export interface Spread {
  readonly median: number
  readonly low: number
  readonly high: number
}

/** What the model makes of a window under a policy. */
export interface ModelledWindow {
  /** `recorded` when nothing was changed. */
  readonly policy: string
  readonly writers: number
  readonly figures: { readonly [Name in keyof WindowFigures]: Spread | null }
  /** Of all runs together. */
  readonly attempts: number
  readonly updates: number
  readonly gaveUp: number
  /** Updates that were under way, or had not come, when a run was ended. */
  readonly unfinished: number
}

export interface WhatIfOptions {
  readonly signal?: AbortSignal | undefined
  /** The same seed makes the same figures. */
  readonly seed?: number
  readonly attemptsMax?: number
}

/**
 * Lets the updates of a window come again, twenty times, under another policy, in a model. Others get the event loop in
 * between.
 *
 * @throws what the signal was aborted with.
 */
export async function whatIf(
  inputs: ModelInputs,
  policy: Policy,
  options: WhatIfOptions = {},
): Promise<ModelledWindow> {
  const { signal, seed = SEED, attemptsMax = ATTEMPTS_MAX } = options
  const all: WindowFigures[] = []
  const sums = { attempts: 0, updates: 0, gaveUp: 0, unfinished: 0 }
  for (let run = 0; run < RUNS; run++) {
    const simulation = prepared(inputs, policy, seededRandom(seed * RUNS + run))
    let isOver = false
    while (!isOver) {
      await nextTurn()
      signal?.throwIfAborted()
      isOver = simulation.advance(EVENTS_PER_TURN, attemptsMax)
    }
    const { tally, unfinished } = simulation
    all.push(tally.figures())
    sums.attempts += tally.attempts
    sums.updates += tally.ended
    sums.gaveUp += tally.gaveUp
    sums.unfinished += unfinished
  }
  const figures = Object.fromEntries(FIGURES.map((name) => [name, spreadOf(all.map((each) => each[name]))]))
  return {
    policy: policyText(policy),
    writers: policy.writers ?? inputs.loads.length,
    figures: figures as ModelledWindow['figures'],
    ...sums,
  }
}

function prepared({ loads, costs, mode }: ModelInputs, policy: Policy, random: () => number): Simulation {
  const simulation = new Simulation(costs, random)
  const usedMode = policy.mode ?? mode
  const waits = policy.backoff ? backoffWaits(policy.backoff) : casUpdateWaits(usedMode, costs.serviceUs)
  const combined = new Map<string, CombinedWriter>()
  const begin: Record<typeof usedMode, Begin> = {
    plain: (update) => simulation.go(plainUpdate(simulation, waits, update)),
    combine: (update) => {
      const place = `${update.process} ${update.key}`
      const writer = combined.get(place) ?? new CombinedWriter(simulation, waits, update.key)
      combined.set(place, writer)
      writer.add(update)
    },
  }
  simulation.load(loadsOf(loads, policy.writers ?? loads.length, random), begin[usedMode])
  return simulation
}

function spreadOf(values: readonly (number | null)[]): Spread | null {
  const sorted = values.filter((value) => value !== null).toSorted((a, b) => a - b)
  const [low, high] = [sorted[0], sorted.at(-1)]
  const median = sorted[Math.floor((sorted.length - 1) / 2)]
  return low === undefined || high === undefined || median === undefined ? null : { median, low, high }
}
