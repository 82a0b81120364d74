import type { Acknowledgement } from './journal.ts'

/** Milliseconds since the epoch: `from` inclusive, `to` exclusive. */
export interface Window {
  readonly from: number
  readonly to: number
}

export interface Latency {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

/** Nearest-rank percentile of ascending values; 0 when there are none. */
export function percentile(ascending: readonly number[], fraction: number): number {
  const rank = Math.max(1, Math.ceil(fraction * ascending.length))
  return ascending[rank - 1] ?? 0
}

/** Latency of the acknowledged calls, retries and waits included. */
export function latencyOf(acknowledgements: readonly Acknowledgement[]): Latency {
  const took = acknowledgements.map(({ tookMs }) => tookMs).sort((a, b) => a - b)
  return { p50Ms: round(percentile(took, 0.5)), p99Ms: round(percentile(took, 0.99)), maxMs: round(took.at(-1) ?? 0) }
}

/** The fewest acknowledgements of a process divided by the most: 1 is perfectly fair, 0 is starvation. */
export function fairnessOf(acknowledgements: readonly number[]): number {
  const most = Math.max(0, ...acknowledgements)
  return most === 0 ? 0 : round(Math.min(...acknowledgements) / most)
}

/**
 * The p99 during the stop minus the p99 in the window before it, of the time that each call spent inside the window. Both
 * sides count a call that was already slow before alike, and a call that the stopped process blocks shows with the whole
 * stop, although it ends only after it. `null` when a window has no call.
 */
export function delayOf(acknowledgements: readonly Acknowledgement[], before: Window, stop: Window): number | null {
  const [earlier, during] = [before, stop].map((window) => timesInside(acknowledgements, window))
  if (!earlier?.length || !during?.length) return null
  return round(percentile(during, 0.99) - percentile(earlier, 0.99))
}

function timesInside(acknowledgements: readonly Acknowledgement[], { from, to }: Window): number[] {
  return acknowledgements
    .map(({ startMs, tookMs }) => Math.min(startMs + tookMs, to) - Math.max(startMs, from))
    .filter((ms) => ms > 0)
    .sort((a, b) => a - b)
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
