import type { JournalLine } from './journal.ts'
import type { Counter, Share } from './record.ts'

/** What the journals claim, held against what the records hold. */
export interface Proof {
  /** Updates whose promise resolved. */
  readonly acknowledged: number
  /** Acknowledged updates found in the records. */
  readonly applied: number
  /** Acknowledged updates that are not in the records, and applications that the records' own sums miss. */
  readonly lost: number
  /** Applications beyond the one that was asked for: repeats, updates reported as not written, updates of nobody. */
  readonly duplicated: number
  /** Calls that were rejected. */
  readonly failed: number
  /** Updates without an answer: each may be in the records once or not at all. */
  readonly unanswered: { readonly landed: number; readonly missing: number }
  /** One sentence per discrepancy. */
  readonly findings: readonly string[]
}

/** What its writer last heard of an update. */
type Answer = 'none' | 'acknowledged' | 'refused'

/** Answers by sequence, of one writer in one record. */
type Answers = Map<number, Answer>

/**
 * Proves, from the records alone, that every acknowledged update is present exactly once and everything else at most once.
 *
 * @param lines the journals of all processes; lines of one writer in the order they were written.
 * @param records every record below the storm's prefix, `undefined` for one that is missing or unreadable.
 */
export function prove(lines: readonly JournalLine[], records: ReadonlyMap<string, Counter | undefined>): Proof {
  const journal = collectAnswers(lines)
  const tally = new Tally()
  for (const path of new Set([...journal.keys(), ...records.keys()])) {
    proveRecord(tally, path, journal.get(path) ?? new Map(), records.get(path))
  }
  return { ...tally.result(), failed: lines.filter((line) => line.type === 'failed').length }
}

function collectAnswers(lines: readonly JournalLine[]): Map<string, Map<string, Answers>> {
  const journal = new Map<string, Map<string, Answers>>()
  for (const line of lines) {
    const writers = entryOf(journal, line.path, () => new Map<string, Answers>())
    const answers = entryOf(writers, line.writer, () => new Map<number, Answer>())
    // Once acknowledged, always acknowledged: a repeated intent must not turn a promise into a maybe.
    if (answers.get(line.sequence) !== 'acknowledged') answers.set(line.sequence, answerOf(line))
  }
  return journal
}

function answerOf(line: JournalLine): Answer {
  if (line.type === 'acknowledged') return 'acknowledged'
  return line.type === 'failed' && line.retry !== 'unknown' ? 'refused' : 'none'
}

function proveRecord(tally: Tally, path: string, writers: Map<string, Answers>, record: Counter | undefined): void {
  const { total, writers: shares } = record ?? { total: 0, writers: {} }
  for (const writer of new Set([...writers.keys(), ...Object.keys(shares)])) {
    const share = Object.hasOwn(shares, writer) ? shares[writer] : undefined
    proveShare(tally, `${writer} in ${path}`, writers.get(writer) ?? new Map(), share)
  }
  const sum = Object.values(shares).reduce((all, { count }) => all + count, 0)
  tally.lost(sum - total, `${path} has a total of ${total}, its writers sum up to ${sum}`)
  tally.duplicated(total - sum, `${path} has a total of ${total}, its writers sum up to ${sum}`)
}

function proveShare(tally: Tally, name: string, answers: Answers, share: Share | undefined): void {
  const { last, count, skipped } = share ?? { last: 0, count: 0, skipped: [] }
  const holes = new Set(skipped)
  const held = new Set(Array.from({ length: last }, (_, index) => index + 1).filter((each) => !holes.has(each)))
  for (const [sequence, answer] of answers) tally.judge(answer, held.has(sequence), `update ${sequence} of ${name}`)
  for (const sequence of held) {
    if (!answers.has(sequence)) tally.duplicated(1, `update ${sequence} of ${name} is present and nobody asked for it`)
  }
  tally.duplicated(count - held.size, `${name} counts ${count} applications of ${held.size} updates`)
  tally.lost(held.size - count, `${name} counts ${count} applications of ${held.size} updates`)
}

class Tally {
  #acknowledged = 0
  #applied = 0
  #lost = 0
  #duplicated = 0
  #landed = 0
  #missing = 0
  readonly #findings: string[] = []

  judge(answer: Answer, present: boolean, name: string): void {
    switch (answer) {
      case 'acknowledged':
        this.#acknowledged++
        if (present) this.#applied++
        else this.lost(1, `${name} was acknowledged and is missing`)
        return
      case 'refused':
        if (present) this.duplicated(1, `${name} was reported as not written and is present`)
        return
      case 'none':
        if (present) this.#landed++
        else this.#missing++
    }
  }

  /** Does nothing when there are none. */
  lost(updates: number, finding: string): void {
    if (updates <= 0) return
    this.#lost += updates
    this.#findings.push(finding)
  }

  /** Does nothing when there are none. */
  duplicated(updates: number, finding: string): void {
    if (updates <= 0) return
    this.#duplicated += updates
    this.#findings.push(finding)
  }

  result(): Omit<Proof, 'failed'> {
    return {
      acknowledged: this.#acknowledged,
      applied: this.#applied,
      lost: this.#lost,
      duplicated: this.#duplicated,
      unanswered: { landed: this.#landed, missing: this.#missing },
      findings: this.#findings,
    }
  }
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const created = create()
  map.set(key, created)
  return created
}
