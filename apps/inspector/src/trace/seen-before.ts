import { OUTCOME } from './attempt-outcome.ts'
import { NONE } from './names.ts'
import { Sightings } from './sightings.ts'
import { KIND, type Trace } from './trace.ts'

/** What is known of one record. */
interface Known {
  /** Of each clock, since the record last began anew: the event that first saw a version of it. */
  readonly firsts: Map<number, number>
  /** What told of the times before that. */
  readonly earlier: number[]
  highest: number
  highestVersion: number
  commit: number
  committed: number
}

/**
 * The few events before a time that tell what a reader of only the later ones would miss of some records: which version each
 * had, and when it began anew, after which versions count from 1 again.
 */
export function seenBefore(trace: Trace, beforeUs: number, isAbout: (key: number) => boolean): readonly number[] {
  const { columns, byEnd } = trace
  const sightings = new Sightings()
  const known = new Map<number, Known>()
  for (const event of byEnd) {
    if ((columns.endUs[event] ?? 0) >= beforeUs) break
    const key = columns.key[event] ?? NONE
    const version = versionSeen(trace, event)
    if (key === NONE || version === undefined || !isAbout(key)) continue
    const about = known.get(key) ?? unknown()
    known.set(key, about)
    if (columns.kind[event] === KIND.commit) {
      if (version > about.committed) [about.committed, about.commit] = [version, event]
      continue
    }
    const clock = columns.clock[event] ?? 0
    if (version > 0) {
      sightings.add(key, clock, columns.endUs[event] ?? 0, version)
      if (!about.firsts.has(clock)) about.firsts.set(clock, event)
      if (version > about.highestVersion) [about.highestVersion, about.highest] = [version, event]
    } else if (sightings.highestBefore(key, clock, columns.startUs[event] ?? 0) > 0) {
      sightings.forget(key)
      known.set(key, { ...unknown(), earlier: [...eventsOf(about), event] })
    }
  }
  return [...new Set([...known.values()].flatMap(eventsOf))]
}

/** The version of its record that an event tells of. */
export function versionSeen({ columns }: Trace, event: number): number | undefined {
  switch (columns.kind[event] ?? NONE) {
    case KIND.read:
    case KIND.key:
      return columns.first[event]
    case KIND.commit:
      return columns.second[event]
    case KIND.cas: {
      if (columns.outcome[event] === OUTCOME.won) return columns.second[event]
      const head = columns.third[event] ?? NONE
      return columns.outcome[event] === OUTCOME.lost && head !== NONE ? head : undefined
    }
    default:
      return undefined
  }
}

function unknown(): Known {
  return { firsts: new Map(), earlier: [], highest: NONE, highestVersion: 0, commit: NONE, committed: 0 }
}

function eventsOf({ earlier, firsts, highest, commit }: Known): number[] {
  return [...earlier, ...firsts.values(), highest, commit].filter((event) => event !== NONE)
}
