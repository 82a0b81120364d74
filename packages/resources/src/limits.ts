import type { StoreAct } from '@latchless/filesystem'
import { z } from 'zod'
import type { Dimension } from './amounts.ts'
import { DIMENSIONS, isAmount } from './amounts.ts'
import { refuse } from './errors.ts'
import type { Period } from './periods.ts'
import { checkPeriod, periodSchema } from './periods.ts'

/** The most of a dimension: an amount, where 0 allows nothing, or expressly no limit. */
export type Maximum = number | 'unlimited'

export interface BudgetLimits {
  /** Every dimension is named, so that none is unlimited by oversight. Spread {@link UNLIMITED} and name the limited ones. */
  readonly max: { readonly [Name in Dimension]: Maximum }
  readonly period: Period
  /** From this part of a limit on, in whole percent from 1 to 100, a reservation is granted with a warning. */
  readonly warnAtPercent?: number | undefined
  /** From this part of a limit on a reservation needs the approval of a person. Not below `warnAtPercent`. */
  readonly pauseAtPercent?: number | undefined
}

export const UNLIMITED: BudgetLimits['max'] = Object.freeze({
  usdMicros: 'unlimited',
  inputTokens: 'unlimited',
  outputTokens: 'unlimited',
  wallClockMs: 'unlimited',
  outputBytes: 'unlimited',
  networkEgressBytes: 'unlimited',
  processCount: 'unlimited',
  concurrencySlots: 'unlimited',
})

const maximum = z.union([z.int().min(0), z.literal('unlimited')])
const percent = z.int().min(1).max(100).optional()

export const limitsSchema: z.ZodType<BudgetLimits, BudgetLimits> = z.strictObject({
  max: z.strictObject({
    usdMicros: maximum,
    inputTokens: maximum,
    outputTokens: maximum,
    wallClockMs: maximum,
    outputBytes: maximum,
    networkEgressBytes: maximum,
    processCount: maximum,
    concurrencySlots: maximum,
  }),
  period: periodSchema,
  warnAtPercent: percent,
  pauseAtPercent: percent,
})

/** @throws {BudgetError} `invalid-limits`, or `invalid-amount` for a maximum that is no amount. */
export function checkLimits(act: StoreAct, limits: BudgetLimits): BudgetLimits {
  const max: Partial<Record<Dimension, unknown>> = limits?.max ?? {}
  const wrong = DIMENSIONS.find((name) => max[name] !== 'unlimited' && !isAmount(max[name]))
  if (wrong) {
    throw refuse(
      'invalid-amount',
      act,
      `its ${wrong} must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER} or "unlimited"`,
    )
  }
  const period = checkPeriod(act, limits.period)
  const parsed = limitsSchema.safeParse(limits)
  const { warnAtPercent = 1, pauseAtPercent = 100 } = limits
  if (!parsed.success || pauseAtPercent < warnAtPercent) {
    throw refuse(
      'invalid-limits',
      act,
      'its thresholds must be whole percents from 1 to 100, the pause not below the warning',
    )
  }
  // What is undefined is not stored, so with it these limits would never look like the stored ones.
  return {
    max: parsed.data.max,
    period,
    ...(limits.warnAtPercent === undefined ? {} : { warnAtPercent }),
    ...(limits.pauseAtPercent === undefined ? {} : { pauseAtPercent }),
  }
}
