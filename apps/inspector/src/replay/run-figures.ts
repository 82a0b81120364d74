import { OUTCOME } from '../trace/attempt-outcome.ts'
import { NONE } from '../trace/names.ts'
import { Samples } from '../trace/samples.ts'
import { SUCCEEDED } from '../trace/trace-stats.ts'
import { KIND, type Trace } from '../trace/trace.ts'

/** What a trace tells of all its updates, to compare one run with another. */
export interface RunFigures {
  readonly updates: number
  /** Those that ended well; one that had nothing to write is among them. */
  readonly ok: number
  readonly failed: number
  readonly attempts: number
  readonly won: number
  readonly lost: number
  readonly unknown: number
  /** Of whole updates that ended well, waits included. */
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  /** From the start of the first to the end of the last. */
  readonly durationMs: number
}

export function runFigures({ columns, names, count }: Trace): RunFigures {
  const figures = { updates: 0, failed: 0, attempts: 0, won: 0, lost: 0, unknown: 0 }
  const durations: number[] = []
  let firstUs = Number.POSITIVE_INFINITY
  let lastUs = Number.NEGATIVE_INFINITY
  for (let event = 0; event < count; event++) {
    const kind = columns.kind[event]
    const startUs = columns.startUs[event] ?? 0
    const endUs = columns.endUs[event] ?? 0
    if (kind === KIND.commit || kind === KIND.key) continue
    firstUs = Math.min(firstUs, startUs)
    lastUs = Math.max(lastUs, endUs)
    if (kind === KIND.op) figures.updates++
    else if (kind === KIND.done) {
      if (SUCCEEDED.has(names.text(columns.word[event] ?? NONE))) durations.push(endUs - startUs)
      else figures.failed++
    } else if (kind === KIND.cas) {
      figures.attempts++
      const outcome = columns.outcome[event]
      if (outcome === OUTCOME.won) figures.won++
      else if (outcome === OUTCOME.lost) figures.lost++
      else if (outcome === OUTCOME.unknown) figures.unknown++
    }
  }
  const spans = new Samples(durations)
  return {
    ...figures,
    ok: durations.length,
    p50Ms: percentileMs(spans, 0.5),
    p99Ms: percentileMs(spans, 0.99),
    durationMs: Math.max(0, lastUs - firstUs) / 1000,
  }
}

function percentileMs(spans: Samples, share: number): number | null {
  const us = spans.percentile(share)
  return us === null ? null : us / 1000
}
