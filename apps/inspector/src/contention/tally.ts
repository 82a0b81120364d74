/** What happened to one record, or to all, in some time. */
export interface Tally {
  won: number
  lost: number
  /** Attempts of which nobody knows yet whether they landed. */
  unknown: number
  /** Attempts that the store answered with anything else than won or lost. */
  failed: number
  /** Versions that the store told of. */
  commits: number
  /** Updates that are in what was won, or committed. */
  updates: number
  committedUpdates: number
  /** Time spent on attempts that were lost and on waits behind them. */
  wastedMs: number
  /** The longest attempt. */
  longestMs: number
}

export function emptyTally(): Tally {
  return {
    won: 0,
    lost: 0,
    unknown: 0,
    failed: 0,
    commits: 0,
    updates: 0,
    committedUpdates: 0,
    wastedMs: 0,
    longestMs: 0,
  }
}

export function addTally(sum: Tally, more: Tally): void {
  sum.won += more.won
  sum.lost += more.lost
  sum.unknown += more.unknown
  sum.failed += more.failed
  sum.commits += more.commits
  sum.updates += more.updates
  sum.committedUpdates += more.committedUpdates
  sum.wastedMs += more.wastedMs
  sum.longestMs = Math.max(sum.longestMs, more.longestMs)
}

export function attemptsOf({ won, lost, unknown, failed }: Tally): number {
  return won + lost + unknown + failed
}

/** Attempts where they were traced, otherwise what was committed. */
export function writesOf(tally: Tally): number {
  return Math.max(attemptsOf(tally), tally.commits)
}

/** Of the attempts that were decided, the part that was lost; undefined where none was seen. */
export function lossRateOf({ won, lost }: Tally): number | undefined {
  return won + lost === 0 ? undefined : lost / (won + lost)
}
