/** What one writer did in some time. */
export interface WriterTally {
  won: number
  lost: number
  commits: number
  /** Updates of this writer that were in what was won, also where another wrote it. */
  updates: number
  /** Updates that ended well, and those that gave up. */
  done: number
  gaveUp: number
  /** Updates that needed very many attempts, or gave up. */
  starved: number
  waitedMs: number
  /** Losses in a row. */
  longestStreak: number
}

/** An update that needs so many attempts is called starved. */
export const STARVED_ATTEMPTS = 16

export function emptyWriterTally(): WriterTally {
  return { won: 0, lost: 0, commits: 0, updates: 0, done: 0, gaveUp: 0, starved: 0, waitedMs: 0, longestStreak: 0 }
}

export function addWriterTally(sum: WriterTally, more: WriterTally): void {
  sum.won += more.won
  sum.lost += more.lost
  sum.commits += more.commits
  sum.updates += more.updates
  sum.done += more.done
  sum.gaveUp += more.gaveUp
  sum.starved += more.starved
  sum.waitedMs += more.waitedMs
  sum.longestStreak = Math.max(sum.longestStreak, more.longestStreak)
}
