import { COMBINED_ATTEMPTS_MAX_DEFAULT } from '@latchless/filesystem'
import { BATCH_MAX, type WaitRange, type Waits, YIELDING_WINS } from './cas-update-waits.ts'
import { TIMEOUT_US } from './plain-writer.ts'
import type { Process, Simulation, Update } from './simulation.ts'

/** The updates of one record in one process: what waits goes into one write, as in the default mode of casUpdate. */
export class CombinedWriter {
  readonly #simulation: Simulation
  readonly #waits: Waits
  readonly #key: number
  readonly #queue: Update[] = []
  /** The record as it was last seen. */
  #head: number | undefined
  #isServing = false
  #losses = 0
  #yieldingWins = 0

  constructor(simulation: Simulation, waits: Waits, key: number) {
    this.#simulation = simulation
    this.#waits = waits
    this.#key = key
  }

  add(update: Update): void {
    this.#queue.push(update)
    if (this.#isServing) return
    this.#isServing = true
    this.#simulation.go(this.#serve())
  }

  *#serve(): Process {
    while (this.#queue.length > 0) yield* this.#attempt()
    this.#isServing = false
  }

  *#attempt(): Process {
    const simulation = this.#simulation
    const readFromUs = simulation.nowUs
    const base = this.#head ?? (yield* simulation.read(this.#key))
    const readUs = simulation.nowUs - readFromUs
    const batch = this.#queue.splice(0, BATCH_MAX).filter((update) => !this.#hasGivenUp(update))
    if (batch.length === 0) return
    yield simulation.thinkUs()
    for (const update of batch) update.attempts++
    const head = yield* simulation.write(this.#key, base, batch.length, readUs)
    const waitUs = head === base ? this.#won(batch, base) : this.#lost(batch, head)
    if (waitUs > 0) yield waitUs
  }

  #won(batch: readonly Update[], base: number): number {
    this.#head = base + 1
    this.#losses = 0
    for (const update of batch) this.#simulation.end(update, true)
    if (this.#yieldingWins === 0) return 0
    this.#yieldingWins--
    return this.#waitUs(this.#waits.afterWin())
  }

  /** The store has told the winner, so it goes on from there without reading. */
  #lost(batch: readonly Update[], head: number): number {
    this.#head = head
    this.#losses++
    this.#yieldingWins = YIELDING_WINS
    this.#queue.unshift(...batch)
    return this.#waitUs(this.#waits.afterLoss(this.#losses))
  }

  #waitUs(range: WaitRange): number {
    const [oldest] = this.#queue
    const isUrgent = oldest !== undefined && this.#simulation.nowUs - oldest.startUs > this.#waits.urgentUs
    return isUrgent ? 0 : this.#simulation.waitUs(range)
  }

  #hasGivenUp(update: Update): boolean {
    const isOver = this.#simulation.nowUs >= update.startUs + TIMEOUT_US
    if (!isOver && update.attempts < COMBINED_ATTEMPTS_MAX_DEFAULT) return false
    this.#simulation.end(update, false)
    return true
  }
}
