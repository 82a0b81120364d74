import type { Linearizability, RegisterOperation, RegisterState, Stuck } from './register.ts'
import { permits, UNWRITTEN } from './register.ts'
import type { Uses } from './register-uses.ts'
import { usesOf } from './register-uses.ts'

interface Frame {
  readonly state: RegisterState
  readonly candidates: readonly number[]
  next: number
  /** The call that led here. */
  readonly by: number
}

const NOBODY = -1

/**
 * A search for an order that explains all calls, depth first. A frame is a state that was reached, with the calls that may be
 * next; what leads nowhere is taken back.
 */
export class OrderSearch {
  readonly #operations: readonly RegisterOperation[]
  readonly #stepsMax: number
  /** By start; a doubly linked list of what is not yet in order. */
  readonly #following: Int32Array
  readonly #preceding: Int32Array
  readonly #hashes: Uint32Array
  readonly #uses: Uses
  /** Whether versions are known. Then even a write that nobody saw has its place. */
  readonly #counted: boolean
  readonly #seen = new Set<string>()
  #hashLow = 0
  #hashHigh = 0
  #writes = 0
  #ordered = 0
  #steps = 0
  #stuck: Stuck = { ordered: -1, state: UNWRITTEN, candidates: [] }

  constructor(operations: readonly RegisterOperation[], stepsMax: number) {
    this.#operations = operations.toSorted((a, b) => a.start - b.start)
    this.#stepsMax = stepsMax
    this.#uses = usesOf(this.#operations)
    this.#counted = operations.some(({ sequence }) => sequence !== undefined)
    const count = operations.length
    // Position `count` is the head of the ring.
    this.#following = Int32Array.from({ length: count + 1 }, (_, at) => (at === count ? 0 : at + 1))
    this.#preceding = Int32Array.from({ length: count + 1 }, (_, at) => (at === 0 ? count : at - 1))
    this.#hashes = hashesFor(count)
  }

  run(): Linearizability {
    let left = this.#operations.filter(({ end }) => end !== undefined).length
    const frames: Frame[] = [this.#frame(UNWRITTEN, NOBODY)]
    for (;;) {
      const frame = frames.at(-1)
      if (left === 0) return { verdict: 'linearizable', steps: this.#steps }
      if (!frame) return { verdict: 'not-linearizable', steps: this.#steps, stuck: this.#stuck }
      if (this.#steps > this.#stepsMax) return { verdict: 'undecided', steps: this.#steps }
      const at = frame.candidates[frame.next++]
      if (at === undefined) {
        frames.pop()
        if (frame.by !== NOBODY) this.#putBack(frame.by)
        if (this.#operations[frame.by]?.end !== undefined) left++
        continue
      }
      const state = this.#apply(frame.state, at)
      if (!state || !this.#isNew(state, at)) continue
      this.#takeOut(at)
      if (this.#operations[at]?.end !== undefined) left--
      frames.push(this.#frame(state, at))
    }
  }

  #apply(state: RegisterState, at: number): RegisterState | undefined {
    this.#steps++
    const operation = this.#operations[at]
    if (!operation) return undefined
    if (operation.type === 'read') return this.#fits(at, state) ? state : undefined
    if (operation.sequence !== undefined && operation.sequence !== this.#writes + 1) return undefined
    return permits(operation.expect, state) ? operation.makes : undefined
  }

  /** What may be next. */
  #frame(state: RegisterState, by: number): Frame {
    const available = this.#available()
    const candidates = this.#candidates(available, state, by)
    if (this.#ordered > this.#stuck.ordered) {
      const described = available.flatMap((at) => this.#operations[at] ?? [])
      this.#stuck = { ordered: this.#ordered, state, candidates: described }
    }
    return { state, candidates, next: 0, by }
  }

  /** The calls that began before any other of the rest had ended. */
  #available(): number[] {
    const available: number[] = []
    let firstEnd = Number.POSITIVE_INFINITY
    const head = this.#operations.length
    for (let at = this.#following[head] ?? head; at !== head; at = this.#following[at] ?? head) {
      const operation = this.#operations[at]
      if (!operation || operation.start > firstEnd) break
      if (operation.end !== undefined) firstEnd = Math.min(firstEnd, operation.end)
      available.push(at)
    }
    return available
  }

  /** Those of the available calls that have to be tried, answered ones first. Every rule leaves one way if there is one. */
  #candidates(available: readonly number[], state: RegisterState, by: number): readonly number[] {
    // A read that fits changes nothing, so that it can come first.
    const fitting = available.find((at) => this.#fits(at, state))
    if (fitting !== undefined) return [fitting]
    // A state comes once: whoever saw it did so before the next write, and whoever built upon it is the next write.
    if ((this.#uses.readsLeft.get(state.write) ?? 0) > 0) return []
    const successor = this.#uses.successors.get(state.write)
    if (successor !== undefined) return available.includes(successor) ? [successor] : []
    const answered: number[] = []
    const open: number[] = []
    const kinds = new Set<string>()
    for (const at of available) {
      const operation = this.#operations[at]
      if (operation?.type !== 'write') continue
      // An unanswered write that nobody makes use of, before it is overwritten, may as well never have happened.
      if (!this.#counted && this.#isOpenWrite(by) && operation.expect.type === 'any') continue
      if (operation.end !== undefined) {
        answered.push(at)
        continue
      }
      // Of unanswered writes that nobody saw, one is as good as another.
      const kind = `${operation.expect.type} ${operation.makes.live}`
      if (operation.expect.type !== 'is' && !this.#uses.seen.has(operation.makes.write)) {
        if (kinds.has(kind)) continue
        kinds.add(kind)
      }
      open.push(at)
    }
    return [...answered, ...open]
  }

  #fits(at: number, state: RegisterState): boolean {
    const operation = this.#operations[at]
    if (operation?.type !== 'read') return false
    const { seen, sequence } = operation
    return (
      (seen.write === undefined || seen.write === state.write) &&
      (seen.live === undefined || seen.live === state.live) &&
      (sequence === undefined || sequence === this.#writes)
    )
  }

  #isOpenWrite(at: number): boolean {
    const operation = this.#operations[at]
    return operation?.type === 'write' && operation.end === undefined
  }

  // Which calls are in order is told by 64 bits that depend on the set alone, so a false match is out of the question for
  // any number of steps that is allowed.
  #isNew(state: RegisterState, at: number): boolean {
    const low = this.#hashLow ^ (this.#hashes[2 * at] ?? 0)
    const high = this.#hashHigh ^ (this.#hashes[2 * at + 1] ?? 0)
    const key = `${low}:${high}:${this.#isOpenWrite(at) ? 'open' : 'any'}:${state.write}`
    if (this.#seen.has(key)) return false
    this.#seen.add(key)
    return true
  }

  #takeOut(at: number): void {
    const before = this.#preceding[at] ?? 0
    const after = this.#following[at] ?? 0
    this.#following[before] = after
    this.#preceding[after] = before
    this.#count(at, 1)
  }

  #putBack(at: number): void {
    this.#following[this.#preceding[at] ?? 0] = at
    this.#preceding[this.#following[at] ?? 0] = at
    this.#count(at, -1)
  }

  #count(at: number, by: 1 | -1): void {
    this.#ordered += by
    const operation = this.#operations[at]
    if (operation?.type === 'write') this.#writes += by
    else if (operation?.seen.write !== undefined) {
      const { readsLeft } = this.#uses
      readsLeft.set(operation.seen.write, (readsLeft.get(operation.seen.write) ?? 0) - by)
    }
    this.#hashLow ^= this.#hashes[2 * at] ?? 0
    this.#hashHigh ^= this.#hashes[2 * at + 1] ?? 0
  }
}

/** Two random words for each call, the same in every run. */
function hashesFor(count: number): Uint32Array {
  let state = 0x9e37_79b9
  return Uint32Array.from({ length: 2 * count }, () => {
    state = (state + 0x6d2b_79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  })
}
