/** A clock that goes on only when it is told to. Its members may be passed around by themselves. */
export interface ManualClock {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly advance: (ms: number) => void
  readonly set: (ms: number) => void
}

/** A moment whose digits are easy to tell from those of counters and durations. */
const START_MS = 1_700_000_000_000

export function manualClock(startMs: number = START_MS): ManualClock {
  let nowMs = startMs
  return {
    now: () => nowMs,
    advance: (ms) => {
      nowMs += ms
    },
    set: (ms) => {
      nowMs = ms
    },
  }
}
