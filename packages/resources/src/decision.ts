import { z } from 'zod'
import type { Amounts, Dimension } from './amounts.ts'
import { DIMENSIONS } from './amounts.ts'
import type { BudgetLimits } from './limits.ts'

/** An account as a decision sees it. */
export interface AccountState {
  /** Its key, such as `tenant/user:ann`. */
  readonly account: string
  readonly limits: BudgetLimits | undefined
  /** Spent in the current period. */
  readonly spent: Amounts
  /** Held by open reservations. */
  readonly reserved: Amounts
  readonly periodEnd: number | undefined
}

/** What one account says to one dimension of a request, with the numbers it was judged by. */
export interface Finding {
  readonly verdict: 'deny' | 'approval' | 'warn'
  readonly account: string
  readonly dimension: Dimension
  readonly limit: number
  readonly spent: number
  readonly reserved: number
  readonly requested: number
  /** When the period of the account ends, where it ends at once. */
  readonly periodEnd?: number | undefined
}

const amount = z.int().min(0)

export const findingSchema: z.ZodType<Finding, Finding> = z.strictObject({
  verdict: z.enum(['deny', 'approval', 'warn']),
  account: z.string(),
  dimension: z.enum(DIMENSIONS),
  limit: amount,
  spent: amount,
  reserved: amount,
  requested: amount,
  periodEnd: z.int().optional(),
})

export interface Judgement {
  readonly decision: 'granted' | 'denied' | 'approval-required'
  /** Everything that any account of the cascade has to say, from broad to narrow. */
  readonly findings: readonly Finding[]
}

/**
 * Whether a request may be granted, by the whole cascade: a single denial decides, then a single need of approval. An account
 * that is beyond a limit denies whatever is asked, also when nothing of that dimension is.
 */
export function judge(accounts: readonly AccountState[], estimate: Amounts): Judgement {
  const findings = accounts.flatMap((account) =>
    DIMENSIONS.flatMap((dimension) => findingOf(account, dimension, estimate) ?? []),
  )
  const has = (verdict: Finding['verdict']) => findings.some((finding) => finding.verdict === verdict)
  return { decision: has('deny') ? 'denied' : has('approval') ? 'approval-required' : 'granted', findings }
}

/** The dimension of which some account would hold more than a number tells exactly. No limit of the account would notice. */
export function overflowOf(accounts: readonly AccountState[], estimate: Amounts): Dimension | undefined {
  return DIMENSIONS.find((dimension) => {
    const requested = estimate[dimension] ?? 0
    return (
      requested > 0 && accounts.some((account) => projectedOf(account, dimension, requested) > Number.MAX_SAFE_INTEGER)
    )
  })
}

function projectedOf({ spent, reserved }: AccountState, dimension: Dimension, requested: number): number {
  // Not exact beyond 2^53 - 1, but beyond every limit there, as it should be.
  return (spent[dimension] ?? 0) + (reserved[dimension] ?? 0) + requested
}

function findingOf(state: AccountState, dimension: Dimension, estimate: Amounts): Finding | undefined {
  const { account, limits, spent, reserved, periodEnd } = state
  const limit = limits?.max[dimension] ?? 'unlimited'
  if (limit === 'unlimited') return undefined
  const requested = estimate[dimension] ?? 0
  const verdict = verdictOf(projectedOf(state, dimension, requested), limit, requested, limits)
  if (!verdict) return undefined
  return {
    verdict,
    account,
    dimension,
    limit,
    spent: spent[dimension] ?? 0,
    reserved: reserved[dimension] ?? 0,
    requested,
    ...(periodEnd === undefined ? {} : { periodEnd }),
  }
}

function verdictOf(
  projected: number,
  limit: number,
  requested: number,
  limits: BudgetLimits | undefined,
): Finding['verdict'] | undefined {
  if (projected > limit) return 'deny'
  // Thresholds are about what is asked for: a request that needs nothing of a dimension is not held up by it.
  if (requested === 0) return undefined
  if (reaches(projected, limit, limits?.pauseAtPercent)) return 'approval'
  return reaches(projected, limit, limits?.warnAtPercent) ? 'warn' : undefined
}

// In big integers: a hundred times a large amount is beyond what a number holds exactly.
function reaches(projected: number, limit: number, percent: number | undefined): boolean {
  return percent !== undefined && BigInt(projected) * 100n >= BigInt(limit) * BigInt(percent)
}
