import { seededRandom } from '@latchless/filesystem/testing'

/** How hard workers work, and how often their store fails. Runs differ by it, because bugs hide in different places. */
export interface Profile {
  /** Clients of each worker. */
  readonly clients: number
  /** The longest pause of a client between two operations, in milliseconds. */
  readonly thinkMs: number
  /** The share of calls that meet a fault of the store. */
  readonly faultShare: number
}

/** Much work and many lost races, in which a bug that is put in seldom comes to bear. */
export const HARD: Profile = { clients: 6, thinkMs: 2, faultShare: 0.02 }

/** The profile of a seed. */
export function profileOf(seed: number): Profile {
  const random = seededRandom(seed, 2)
  const range = (from: number, to: number) => from + random.fraction() * (to - from)
  return { clients: 3 + random.below(5), thinkMs: range(1, 10), faultShare: range(0.015, 0.06) }
}
