import type { DurabilityLevel } from './engines/engine.ts'
import type { ScenarioId } from './scenarios/scenario.ts'

/** What is measured besides: one engine in one way in one scenario. Rounds of the same subject are comparable. */
export interface Subject {
  readonly scenario: ScenarioId
  readonly engine: string
  /** `combine`, `plain` or `put` of ours; how a peer is used. */
  readonly mode: string
  /** What the scenario varies, such as `stall=apply` or `processes=8`; empty when nothing. */
  readonly variant: string
  /** What an acknowledged update survives. */
  readonly durability: DurabilityLevel
}

/** One measurement: a line of the JSON output. Milliseconds have fractions. */
export interface Measurement extends Subject {
  /** From 1. */
  readonly round: number
  readonly opsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly maxMs: number
  /** The fewest operations of a process divided by the most; of a writer when there is one process. */
  readonly fairness: number
  /** Operations that were rejected. */
  readonly failures: number
  /** The longest time that the event loop of a process was not served. */
  readonly loopStallMs: number
  /** Of the largest process at its end. */
  readonly rssMb: number
  /** Updates that were acknowledged, warm-up included; `null` when the scenario updates nothing. */
  readonly acknowledged: number | null
  /** Acknowledged updates that the records do not hold afterwards. */
  readonly lost: number
  /** Updates that the records hold beyond those acknowledged and those of unknown outcome. */
  readonly repeated: number
  /** The message of the first rejected operation. */
  readonly failureExample?: string | undefined
  /** Further figures of the scenario. */
  readonly details?: Readonly<Record<string, number>> | undefined
}

/** Something that was not measured, and why. */
export interface LeftOut {
  readonly type: 'left-out'
  readonly scenario: ScenarioId | '*'
  readonly engine: string
  readonly reason: string
  /** Set when it was to be measured and failed. */
  readonly round?: number | undefined
}

/** A line for each reason, naming the engines it holds for. */
export function explainLeftOut(leftOut: readonly LeftOut[]): string[] {
  const byReason = Map.groupBy(leftOut, ({ reason }) => reason)
  return [...byReason].map(([reason, all]) => `${[...new Set(all.map(({ engine }) => engine))].join(', ')}: ${reason}`)
}

/** The name of a subject within its scenario, for people. */
export function nameOf({ engine, mode, variant }: Pick<Subject, 'engine' | 'mode' | 'variant'>): string {
  return [engine, mode, variant].filter((part) => part !== '').join(' · ')
}

export function keyOf({ scenario, engine, mode, variant, durability }: Subject): string {
  return [scenario, engine, mode, variant, durability].join('|')
}
