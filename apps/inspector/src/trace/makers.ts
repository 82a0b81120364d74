import { OUTCOME } from './attempt-outcome.ts'
import { NONE } from './names.ts'
import { upperBound } from './order.ts'
import { Sightings } from './sightings.ts'
import { KIND, type Trace } from './trace.ts'

/** Two events that name different writes as the maker of one version. */
export interface MakerConflict {
  readonly first: number
  readonly second: number
}

/** Versions of a record between two points at which it began anew, after its tombstone was purged. */
interface Generation {
  readonly sinceUs: number
  /** The event that tells who made a version: a won write, a loss to it, or a commit that was watched. */
  readonly makers: Map<number, number>
  head: number
}

/** How a record's head moved, as far as is known. */
interface HeadMoves {
  readonly atUs: number[]
  readonly heads: number[]
  readonly events: number[]
}

/** Who made which version of which record, and when the heads moved: what the events tell together. */
export class Makers {
  /** Where events contradict each other. */
  readonly conflicts: MakerConflict[] = []
  /** Won writes that were told twice, as when two files hold the same events. */
  readonly repeated: number[] = []
  readonly #trace: Trace
  readonly #generations: Generation[][] = []
  readonly #moves: HeadMoves[] = []
  readonly #sightings = new Sightings()
  readonly #landed = new Map<number, number>()

  constructor(trace: Trace) {
    this.#trace = trace
    for (const event of trace.byEnd) this.#add(event)
  }

  /** The event that tells who made a version, as it was understood at a time; {@link NONE} when none does. */
  makerOf(key: number, version: number, atUs: number): number {
    const generations = this.#generations[key] ?? []
    return generations.findLast(({ sinceUs }) => sinceUs <= atUs)?.makers.get(version) ?? NONE
  }

  /** The event that tells that a write landed; {@link NONE} when none does. */
  landingOf(write: number): number {
    return this.#landed.get(write) ?? NONE
  }

  /** The newest version that was known at a time, 0 before the first. */
  headAt(key: number, atUs: number): number {
    const moves = this.#moves[key]
    if (!moves) return 0
    return moves.heads[upperBound(moves.atUs.length, (at) => moves.atUs[at] ?? 0, atUs) - 1] ?? 0
  }

  /** Events at which a record's head moved, within a time and in order, and the version it moved to. */
  movesOf(
    key: number,
    fromUs: number,
    toUs: number,
  ): { readonly event: number; readonly atUs: number; readonly version: number }[] {
    const moves = this.#moves[key]
    if (!moves) return []
    const at = (limit: number): number => upperBound(moves.atUs.length, (place) => moves.atUs[place] ?? 0, limit)
    const [first, last] = [at(fromUs - 1), at(toUs)]
    return Array.from({ length: last - first }, (_, place) => ({
      event: moves.events[first + place] ?? NONE,
      atUs: moves.atUs[first + place] ?? 0,
      version: moves.heads[first + place] ?? 0,
    }))
  }

  /** The name of the writer that an event names as the maker of a version. */
  writerOf(event: number): number {
    const { columns } = this.#trace
    return (isLoss(this.#trace, event) ? columns.by[event] : columns.writer[event]) ?? NONE
  }

  #add(event: number): void {
    const { columns } = this.#trace
    const kind = columns.kind[event]
    const key = columns.key[event] ?? NONE
    const outcome = columns.outcome[event]
    if (kind === KIND.read) this.#see(event, key, columns.first[event] ?? 0)
    else if (kind === KIND.key) this.#know(event, key, columns.first[event] ?? 0)
    else if (kind === KIND.commit) this.#claim(event, key, columns.second[event] ?? 0)
    else if (kind === KIND.cas && outcome === OUTCOME.won) {
      this.#claim(event, key, columns.second[event] ?? 0)
      this.#see(event, key, columns.second[event] ?? 0)
    } else if (kind === KIND.cas && outcome === OUTCOME.lost) {
      const head = columns.third[event] ?? NONE
      if (head === NONE) return
      this.#see(event, key, head)
      if (head > 0 && columns.byWrite[event] !== NONE) this.#claim(event, key, head)
    }
  }

  /** It was seen before the trace begins, and nobody here made it. */
  #know(event: number, key: number, version: number): void {
    this.#see(event, key, version)
    const generation = this.#currentOf(key)
    if (version > generation.head) this.#move(event, key, version, generation)
  }

  #claim(event: number, key: number, version: number): void {
    const { columns } = this.#trace
    const write = writeNamedBy(this.#trace, event)
    const generation = this.#currentOf(key)
    // It may still speak of the time before the record began anew.
    if ((columns.startUs[event] ?? 0) < generation.sinceUs) return
    if (write !== NONE && !this.#landed.has(write)) this.#landed.set(write, event)
    const known = generation.makers.get(version) ?? NONE
    if (known === NONE) {
      generation.makers.set(version, event)
      this.#move(event, key, version, generation)
    } else this.#compare(known, event, version, generation)
  }

  #compare(known: number, event: number, version: number, generation: Generation): void {
    const [before, now] = [writeNamedBy(this.#trace, known), writeNamedBy(this.#trace, event)]
    const areBothWins = isWin(this.#trace, known) && isWin(this.#trace, event)
    if (before !== NONE && before === now) {
      if (areBothWins) this.repeated.push(event)
      // The write itself tells more than who lost to it.
      else if (isWin(this.#trace, event)) generation.makers.set(version, event)
    } else if (areBothWins || (before !== NONE && now !== NONE)) this.conflicts.push({ first: known, second: event })
  }

  #move(event: number, key: number, version: number, generation: Generation): void {
    generation.head = Math.max(generation.head, version)
    const moves = (this.#moves[key] ??= { atUs: [], heads: [], events: [] })
    moves.atUs.push(this.#trace.columns.endUs[event] ?? 0)
    moves.heads.push(generation.head)
    moves.events.push(event)
  }

  // Whoever finds a record unwritten after it had versions looks at a new one: its tombstone was purged.
  #see(event: number, key: number, version: number): void {
    const { columns } = this.#trace
    const [startUs = 0, endUs = 0, clock = 0] = [columns.startUs[event], columns.endUs[event], columns.clock[event]]
    if (version > 0) this.#sightings.add(key, clock, endUs, version)
    else if (this.#sightings.highestBefore(key, clock, startUs) > 0) {
      this.#sightings.forget(key)
      this.#generations[key]?.push({ sinceUs: startUs, makers: new Map(), head: 0 })
    }
  }

  #currentOf(key: number): Generation {
    const generations = (this.#generations[key] ??= [{ sinceUs: Number.NEGATIVE_INFINITY, makers: new Map(), head: 0 }])
    return generations.at(-1) as Generation
  }
}

function writeNamedBy(trace: Trace, event: number): number {
  return (isLoss(trace, event) ? trace.columns.byWrite[event] : trace.columns.write[event]) ?? NONE
}

export function isWin(trace: Trace, event: number): boolean {
  return trace.columns.kind[event] === KIND.cas && trace.columns.outcome[event] === OUTCOME.won
}

export function isLoss(trace: Trace, event: number): boolean {
  return trace.columns.kind[event] === KIND.cas && trace.columns.outcome[event] === OUTCOME.lost
}
