import type { WriterLoad } from './arrivals.ts'
import type { WaitRange } from './cas-update-waits.ts'
import { type Costs, TIMER_US_MIN } from './costs.ts'
import { EventQueue } from './event-queue.ts'
import { FigureTally } from './figures.ts'

/** Something that takes time: yields how long until it goes on, in microseconds. */
export type Process<Result = void> = Generator<number, Result, void>

/** An update that has come. */
export interface Update {
  readonly key: number
  readonly writer: number
  readonly process: number
  readonly startUs: number
  readonly ended: () => void
  attempts: number
}

/** Takes an update in hand, at the moment at which it comes. */
export type Begin = (update: Update) => void

/**
 * Records and a store in which reads and writes take as long as they were measured to, and nothing else is simulated: no
 * processor that is short, no store that is slower for more writers. Time goes from event to event.
 */
export class Simulation {
  readonly tally = new FigureTally()
  readonly costs: Costs
  readonly random: () => number
  readonly #queue = new EventQueue<Process>()
  readonly #heads = new Map<number, number>()
  #nowUs = 0
  #arrivals = 0

  constructor(costs: Costs, random: () => number) {
    this.costs = costs
    this.random = random
  }

  get nowUs(): number {
    return this.#nowUs
  }

  /** Updates that have not come to an end, those that have not begun included. */
  get unfinished(): number {
    return this.#arrivals - this.tally.ended - this.tally.gaveUp
  }

  /** Lets the updates of writers come. */
  load(loads: readonly WriterLoad[], begin: Begin): void {
    for (const [writer, { process, arrivals }] of loads.entries()) {
      const followers = arrivals.map((): number[] => [])
      for (const [at, { after }] of arrivals.entries()) if (after !== undefined) followers[after]?.push(at)
      const come = (at: number): void => {
        const { key = 0, atUs = 0 } = arrivals[at] ?? {}
        this.start(atUs, () => {
          const ended = (): void => followers[at]?.forEach((follower) => come(follower))
          begin({ key, writer, process, startUs: this.#nowUs, attempts: 0, ended })
        })
      }
      for (const [at, { after }] of arrivals.entries()) if (after === undefined) come(at)
      this.#arrivals += arrivals.length
    }
  }

  /** Goes on for so many events. Returns whether all is over, or the attempts are at their limit. */
  advance(events: number, attemptsMax: number): boolean {
    for (let left = events; left > 0; left--) {
      if (this.#queue.size === 0 || this.tally.attempts >= attemptsMax) return true
      this.#nowUs = this.#queue.nextUs
      const process = this.#queue.pop()
      if (process) this.go(process)
    }
    return false
  }

  /** Runs a process until it first waits. */
  go(process: Process): void {
    const { done, value } = process.next()
    if (!done) this.#queue.push(this.#nowUs + Math.max(0, value), process)
  }

  start(inUs: number, act: () => void): void {
    this.go(later(inUs, act))
  }

  /** Reads the head of a record; it is what it is halfway through the call. */
  *read(key: number): Process<number> {
    const us = this.costs.read.at(this.random())
    yield us / 2
    const head = this.#heads.get(key) ?? 0
    yield us / 2
    return head
  }

  /**
   * Writes over a head, and returns the one that was found: another one when the write has lost. It is decided halfway through
   * what a win takes; who loses hears of it then, or later where losses took longer. `readUs` went before.
   */
  *write(key: number, base: number, updates: number, readUs: number): Process<number> {
    const share = this.random()
    const [wonUs, lostUs] = [this.costs.won.at(share), this.costs.lost.at(share)]
    yield wonUs / 2
    const head = this.#heads.get(key) ?? 0
    const isWon = head === base
    if (isWon) this.#heads.set(key, base + 1)
    const tookUs = isWon ? wonUs : Math.max(wonUs / 2, lostUs)
    yield tookUs - wonUs / 2
    this.tally.attempt(isWon, updates, tookUs + readUs)
    return head
  }

  /** From what is known to the write. */
  thinkUs(): number {
    return this.costs.think.at(this.random())
  }

  /** How long it waits whose wait is drawn from a range. */
  waitUs([lowUs, highUs]: WaitRange): number {
    const planUs = lowUs + this.random() * (highUs - lowUs)
    if (planUs <= 0) return 0
    const { late, turn } = this.costs
    return planUs < TIMER_US_MIN && turn.count > 0 ? turn.at(this.random()) : planUs + late.at(this.random())
  }

  end(update: Update, isDone: boolean): void {
    this.tally.end(update.writer, update.startUs, this.#nowUs, isDone)
    update.ended()
  }
}

function* later(inUs: number, act: () => void): Process {
  yield inUs
  act()
}
