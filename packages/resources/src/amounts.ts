import type { StoreAct } from '@latchless/filesystem'
import { z } from 'zod'
import { refuse } from './errors.ts'

/** What is budgeted, each counted in whole units. Money is counted in millionths of a dollar. */
export const DIMENSIONS = [
  'usdMicros',
  'inputTokens',
  'outputTokens',
  'wallClockMs',
  'outputBytes',
  'networkEgressBytes',
  'processCount',
  'concurrencySlots',
] as const

export type Dimension = (typeof DIMENSIONS)[number]

/** What a reservation asks for, or what an account holds. What is absent is 0. */
export type Amounts = { readonly [Name in Dimension]?: number | undefined }

/** What work has really used: everything, so that nothing is forgotten. Slots are held, never used up. */
export type Usage = { readonly [Name in Exclude<Dimension, 'concurrencySlots'>]: number }

/** To spread: `{ ...NO_USAGE, inputTokens: 900 }`. */
export const NO_USAGE: Usage = Object.freeze({
  usdMicros: 0,
  inputTokens: 0,
  outputTokens: 0,
  wallClockMs: 0,
  outputBytes: 0,
  networkEgressBytes: 0,
  processCount: 0,
})

const amount = z.int().min(0).optional()

export const amountsSchema: z.ZodType<Amounts, Amounts> = z.strictObject({
  usdMicros: amount,
  inputTokens: amount,
  outputTokens: amount,
  wallClockMs: amount,
  outputBytes: amount,
  networkEgressBytes: amount,
  processCount: amount,
  concurrencySlots: amount,
})

/** Whether it is a whole number from 0 to 2^53 - 1; -0 is none, because no balance is written so. */
export function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0)
}

/**
 * The estimate of a reservation without its zeros.
 *
 * @throws {BudgetError} `invalid-amount`.
 */
export function checkEstimate(act: StoreAct, estimate: Amounts): Amounts {
  return checked(act, estimate, DIMENSIONS)
}

/**
 * What work has used without its zeros. Every dimension but slots must be there.
 *
 * @throws {BudgetError} `invalid-amount`.
 */
export function checkUsage(act: StoreAct, usage: Usage): Amounts {
  const names = DIMENSIONS.filter((name) => name !== 'concurrencySlots')
  const missing = names.find((name) => (usage as Amounts | null | undefined)?.[name] === undefined)
  if (missing) throw refuse('invalid-amount', act, `its ${missing} is missing, expected 0 where none was used`)
  return checked(act, usage, names)
}

function checked(act: StoreAct, given: Amounts, names: readonly Dimension[]): Amounts {
  if (typeof given !== 'object' || given === null) throw refuse('invalid-amount', act, 'expected an object of amounts')
  const unknown = Object.keys(given).find((name) => !(names as readonly string[]).includes(name))
  if (unknown !== undefined) throw refuse('invalid-amount', act, `expected only ${names.join(', ')}`)
  for (const name of names) {
    const value = given[name]
    if (value !== undefined && !isAmount(value)) {
      throw refuse('invalid-amount', act, `its ${name} must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`)
    }
  }
  return withoutZeros((name) => given[name] ?? 0)
}

/** The sum, exactly, or 2^53 - 1 where it would be more: a total that cannot be told must not keep anybody from reading it. */
export function sumOf(parts: readonly Amounts[]): Amounts {
  return withoutZeros((name) =>
    parts.reduce((sum, part) => Math.min(sum + (part[name] ?? 0), Number.MAX_SAFE_INTEGER), 0),
  )
}

/** What of `actual` goes beyond `estimate`; empty when nothing does. */
export function excessOf(actual: Amounts, estimate: Amounts): Amounts {
  return withoutZeros((name) => Math.max(0, (actual[name] ?? 0) - (estimate[name] ?? 0)))
}

// Records hold no zeros: an account that nothing was charged to is as small as it can be, and equal amounts look equal.
function withoutZeros(valueOf: (name: Dimension) => number): Amounts {
  const entries = DIMENSIONS.map((name) => [name, valueOf(name)] as const).filter(([, value]) => value !== 0)
  return Object.fromEntries(entries)
}
