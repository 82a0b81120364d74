import { OUTCOME } from './attempt-outcome.ts'
import { isLoss, isWin, Makers } from './makers.ts'
import { NONE } from './names.ts'
import { Sightings } from './sightings.ts'
import { KIND, type Trace } from './trace.ts'

/**
 * What should never be in a trace:
 * - `lost-update`: a write was told won over a head that it had not read, so what was between is gone.
 * - `false-loss`: a write was told lost and is in the record; done again it is applied twice.
 * - `wrong-version`: a won write made another version than the one behind its base.
 * - `went-back`: a process saw a version older than one it had seen before.
 * - `no-winner`: a write lost to a head that was not newer than its base.
 * - `repeated`: events are in the trace twice; figures count them twice.
 */
export type TraceFindingKind = 'lost-update' | 'false-loss' | 'wrong-version' | 'went-back' | 'no-winner' | 'repeated'

export interface TraceFinding {
  readonly kind: TraceFindingKind
  /** Errors mean that the store, or the trace, broke its promise. */
  readonly severity: 'error' | 'warning'
  readonly key: string
  readonly version: number
  /** Microseconds since the trace began. */
  readonly atUs: number
  /** Not yet escaped. */
  readonly message: string
  /** Numbers of the events, the one at fault first. */
  readonly events: readonly number[]
}

/** What a check of a trace found: all of it counted, and of each severity as much as is worth telling. */
export interface CheckedTrace {
  /** Errors before warnings, each in the order of time. */
  readonly findings: readonly TraceFinding[]
  readonly errors: number
  readonly warnings: number
  /** The event at fault of every error, told or not. */
  readonly faults: ReadonlySet<number>
}

/** Of each severity. */
const FINDINGS_MAX = 1000

/**
 * Checks that the events of a trace can all be true of a store that keeps its promise. Writers that were not recorded, versions
 * that were not retained, records that were deleted and made anew, folded writes and unknown outcomes are all in order.
 */
export function checkTrace(trace: Trace, makers: Makers = new Makers(trace)): CheckedTrace {
  const check = new Check(trace, makers)
  return check.run()
}

class Check {
  readonly #trace: Trace
  readonly #makers: Makers
  readonly #errors: TraceFinding[] = []
  readonly #warnings: TraceFinding[] = []
  readonly #faults = new Set<number>()
  #errorCount = 0
  #warningCount = 0
  readonly #flagged = new Set<number>()
  readonly #sightings = new Sightings()
  /** When a write whose answer was lost was first sent: it may have landed since then. */
  readonly #firstSentUs = new Map<number, number>()

  constructor(trace: Trace, makers: Makers) {
    this.#trace = trace
    this.#makers = makers
  }

  run(): CheckedTrace {
    for (const { first, second } of this.#makers.conflicts) this.#twoMakers(first, second)
    for (const event of this.#makers.repeated.slice(0, 1)) {
      const count = this.#makers.repeated.length
      this.#find('repeated', 'warning', event, `${count} won writes are told twice: the same events are in two files`)
    }
    for (const event of this.#trace.byEnd) this.#event(event)
    const byTime = (a: TraceFinding, b: TraceFinding): number => a.atUs - b.atUs
    return {
      findings: [...this.#errors.sort(byTime), ...this.#warnings.sort(byTime)],
      errors: this.#errorCount,
      warnings: this.#warningCount,
      faults: this.#faults,
    }
  }

  #event(event: number): void {
    const { columns } = this.#trace
    if (columns.kind[event] === KIND.read || columns.kind[event] === KIND.key) {
      this.#saw(event, columns.first[event] ?? 0)
    }
    if (columns.kind[event] !== KIND.cas) return
    const outcome = columns.outcome[event]
    const write = columns.write[event] ?? NONE
    if (outcome === OUTCOME.unknown && write !== NONE && !this.#firstSentUs.has(write)) {
      this.#firstSentUs.set(write, columns.startUs[event] ?? 0)
    } else if (outcome === OUTCOME.won) this.#won(event, write)
    else if (outcome === OUTCOME.lost) this.#lost(event, write)
  }

  #won(event: number, write: number): void {
    const { columns } = this.#trace
    const [base = 0, next = 0, key = NONE] = [columns.first[event], columns.second[event], columns.key[event]]
    if (next !== base + 1) {
      this.#find(
        'wrong-version',
        'error',
        event,
        `${this.#writer(event)} wrote over v${base} and was told that it made v${next}`,
      )
    }
    const sentUs = this.#firstSentUs.get(write) ?? columns.startUs[event] ?? 0
    const seen = this.#sightings.highestBefore(key, columns.clock[event] ?? 0, sentUs)
    if (seen > base && base > 0 && !this.#flagged.has(event)) {
      const told = `${this.#writer(event)} was told that it won over v${base}, when v${seen} had been seen before it asked`
      this.#find('lost-update', 'error', event, told)
    }
    this.#saw(event, next)
  }

  #lost(event: number, write: number): void {
    const { columns } = this.#trace
    const head = columns.third[event] ?? NONE
    const base = columns.first[event] ?? 0
    const landing = this.#makers.landingOf(write)
    // After a lost answer, "lost" may be said of a write that has landed and is no longer remembered.
    if (write !== NONE && landing !== NONE && !this.#firstSentUs.has(write)) {
      const told = `${this.#writer(event)} was told that it lost, and its write is in the record`
      this.#find('false-loss', 'error', event, told, landing)
    }
    if (head === NONE) return
    if (head > 0 && head <= base) {
      const told = `${this.#writer(event)} wrote over v${base} and lost to v${head}, which is not newer`
      this.#find('no-winner', 'warning', event, told)
    }
    this.#saw(event, head)
  }

  #saw(event: number, version: number): void {
    const { columns } = this.#trace
    const [key = NONE, clock = 0, startUs = 0] = [columns.key[event], columns.clock[event], columns.startUs[event]]
    const seen = this.#sightings.highestBefore(key, clock, startUs)
    if (version === 0) {
      if (seen > 0) this.#sightings.forget(key)
      return
    }
    if (version < seen && !isWin(this.#trace, event) && columns.kind[event] !== KIND.key) {
      this.#find(
        'went-back',
        'warning',
        event,
        `${this.#writer(event)} saw v${version}, when v${seen} had been seen before it asked`,
      )
    }
    this.#sightings.add(key, clock, columns.endUs[event] ?? 0, version)
  }

  #twoMakers(first: number, second: number): void {
    const version = this.#versionOf(second)
    const areWins = isWin(this.#trace, first) && isWin(this.#trace, second)
    const [one, other] = [first, second].map((event) => this.#trace.names.text(this.#makers.writerOf(event)))
    const told = areWins
      ? `${one} and ${other} were both told that they made v${version}: one of them wrote over the other`
      : `${one} made v${version} by one event and ${other} by another: one of them wrote over the other`
    for (const event of [first, second]) if (isWin(this.#trace, event)) this.#flagged.add(event)
    const [fault, witness] = isWin(this.#trace, second) ? [second, first] : [first, second]
    this.#find('lost-update', 'error', fault, told, witness)
  }

  /** The version that an event tells the maker of. */
  #versionOf(event: number): number {
    const { columns } = this.#trace
    return (isLoss(this.#trace, event) ? columns.third[event] : columns.second[event]) ?? 0
  }

  #writer(event: number): string {
    return this.#trace.names.text(this.#trace.columns.writer[event] ?? NONE)
  }

  #find(
    kind: TraceFindingKind,
    severity: TraceFinding['severity'],
    event: number,
    message: string,
    ...others: readonly number[]
  ): void {
    const { columns, names, startUs } = this.#trace
    const count = severity === 'error' ? this.#errorCount++ : this.#warningCount++
    if (severity === 'error') this.#faults.add(event)
    if (count >= FINDINGS_MAX) return
    const kept = severity === 'error' ? this.#errors : this.#warnings
    kept.push({
      kind,
      severity,
      key: names.text(columns.key[event] ?? NONE),
      version: columns.kind[event] === KIND.read ? (columns.first[event] ?? 0) : (columns.second[event] ?? 0),
      atUs: (columns.endUs[event] ?? 0) - startUs,
      message,
      events: [event, ...others],
    })
  }
}
