import { comparePaths } from '@latchless/filesystem'
import type { Second } from './second.ts'
import { addWriterTally, emptyWriterTally, type WriterTally } from './writer-tally.ts'

/** One writer in a window of time. */
export interface WriterSummary extends Readonly<WriterTally> {
  readonly writer: string
  /** Its part of all successes, where 1 is as much as every other. */
  readonly share: number
}

/** Every writer of the seconds, the most active first. */
export function summarizeWriters(seconds: readonly Second[]): WriterSummary[] {
  const tallies = new Map<string, WriterTally>()
  for (const { writers } of seconds) {
    for (const [writer, tally] of writers) {
      const sum = tallies.get(writer) ?? emptyWriterTally()
      addWriterTally(sum, tally)
      tallies.set(writer, sum)
    }
  }
  let all = 0
  for (const tally of tallies.values()) all += successesOf(tally)
  return [...tallies]
    .map(([writer, tally]) => ({
      writer,
      ...tally,
      share: all === 0 ? 0 : (successesOf(tally) / all) * tallies.size,
    }))
    .toSorted((a, b) => activityOf(b) - activityOf(a) || comparePaths(a.writer, b.writer))
}

/** Updates where attempts were traced, otherwise what was committed. */
export function successesOf({ updates, commits }: WriterTally): number {
  return Math.max(updates, commits)
}

function activityOf({ won, lost, commits }: WriterTally): number {
  return Math.max(won + lost, commits)
}
