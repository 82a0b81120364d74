/** An update that comes to be made. */
export interface Arrival {
  /** The number of its record. */
  readonly key: number
  /** Microseconds since the start of the window; or behind the end of the update that it waited for. */
  readonly atUs: number
  /** The place of that update among those of its writer; undefined when it waited for none. */
  readonly after: number | undefined
}

/** The updates of a writer, in the order of their starts. */
export interface WriterLoad {
  /** Its process: what is combined, is within one. */
  readonly process: number
  readonly arrivals: readonly Arrival[]
}

/** An update as it was recorded. */
export interface RecordedSpan {
  readonly key: number
  readonly startUs: number
  readonly endUs: number
}

/** Who begins the next update so soon after the last, goes round in a loop. */
const LOOP_GAP_US = 1000
/** Of its updates, when it counts as a loop. */
const LOOP_SHARE = 0.5

/**
 * When updates of one writer come. One that makes its updates in loops begins each behind the end of another, so that faster
 * updates make it faster; those of any other come at the times at which they came. `spans` are in the order of their starts.
 */
export function arrivalsOf(spans: readonly RecordedSpan[], originUs: number): Arrival[] {
  const followed = followedBy(spans)
  const gapUs = (at: number): number => {
    const before = spans[followed[at] ?? -1]
    return before ? (spans[at]?.startUs ?? 0) - before.endUs : Number.POSITIVE_INFINITY
  }
  const soon = spans.filter((_, at) => gapUs(at) <= LOOP_GAP_US).length
  const isLoop = soon >= LOOP_SHARE * spans.length
  return spans.map(({ key, startUs }, at) => {
    const after = isLoop ? followed[at] : undefined
    return { key, after, atUs: after === undefined ? startUs - originUs : gapUs(at) }
  })
}

/** For each update the one that ended last before it began and that no other has followed yet. */
function followedBy(spans: readonly RecordedSpan[]): (number | undefined)[] {
  const byEnd = spans.map((_, at) => at).toSorted((a, b) => (spans[a]?.endUs ?? 0) - (spans[b]?.endUs ?? 0))
  const free: number[] = []
  let ended = 0
  return spans.map(({ startUs }, own) => {
    const isBefore = (at: number): boolean => at < own && (spans[at]?.endUs ?? 0) <= startUs
    for (let at = byEnd[ended]; at !== undefined && isBefore(at); at = byEnd[++ended]) free.push(at)
    return free.pop()
  })
}

/** Updates of all writers together, where there are more writers than recorded. */
const ARRIVALS_MAX = 3000

/**
 * So many writers in place of those that were recorded: some of them, or all and copies that come a little later, in processes
 * of their own.
 */
export function loadsOf(loads: readonly WriterLoad[], writers: number, random: () => number): WriterLoad[] {
  if (writers === loads.length) return [...loads]
  const shuffled = loads
    .map((load) => ({ load, order: random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ load }) => load)
  const processes = 1 + Math.max(0, ...loads.map(({ process }) => process))
  const each = Math.ceil(ARRIVALS_MAX / writers)
  return Array.from({ length: writers }, (_, at) => {
    const round = Math.floor(at / shuffled.length)
    const { process, arrivals } = shuffled[at % shuffled.length] as WriterLoad
    const lateUs = round === 0 ? 0 : random() * meanGapUs(arrivals)
    return {
      process: process + round * processes,
      arrivals: arrivals
        .slice(0, each)
        .map((arrival) => (arrival.after === undefined ? { ...arrival, atUs: arrival.atUs + lateUs } : arrival)),
    }
  })
}

function meanGapUs(arrivals: readonly Arrival[]): number {
  const times = arrivals.filter(({ after }) => after === undefined).map(({ atUs }) => atUs)
  return ((times.at(-1) ?? 0) - (times[0] ?? 0)) / Math.max(1, times.length - 1)
}
