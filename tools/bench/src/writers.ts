import { setTimeout as sleep } from 'node:timers/promises'
import { nowMs, sleepUntil } from './clock.ts'
import type { Driver } from './engines/engine.ts'
import { eventTurn } from './engines/retry.ts'
import type { MemoryWatch } from './memory-watch.ts'
import type { WorkerConfig } from './messages.ts'
import type { Operation } from './operation.ts'
import { pathOf } from './record-paths.ts'
import type { Tally } from './tally.ts'

/** A closed loop that never waits would keep events from the process; real callers arrive by events. */
const TURN_AFTER_MS = 2
/** A store that rejects at once must not be asked again at once. */
const PAUSE_AFTER_FAILURE_MS = 1

/** The writers of one process, each in a closed loop until the window ends or the updates are used up. */
export class Writers {
  readonly #config: WorkerConfig
  readonly #driver: Driver
  readonly #tally: Tally
  readonly #memory: MemoryWatch | undefined
  #steps = 0
  #lastTurnMs = nowMs()
  #turning: Promise<void> | undefined

  constructor(config: WorkerConfig, driver: Driver, tally: Tally, memory: MemoryWatch | undefined) {
    this.#config = config
    this.#driver = driver
    this.#tally = tally
    this.#memory = memory
  }

  async run(operation: Operation): Promise<void> {
    await Promise.all(Array.from({ length: this.#config.writers }, (_, writer) => this.#runWriter(writer, operation)))
  }

  async #runWriter(writer: number, operation: Operation): Promise<void> {
    const { stall, work } = this.#config
    let toStall = writer === 0 ? stall : undefined
    for (let startMs = nowMs(); this.#goesOn(startMs); startMs = nowMs()) {
      const { fromMs, untilMs } = this.#tally.window
      if (toStall !== undefined && startMs >= fromMs) {
        const at = toStall
        toStall = undefined
        await this.#stalled(pathOf(this.#config, writer, this.#steps++), at, untilMs)
        continue
      }
      const { path, done } = operation(writer, this.#steps++)
      try {
        const records = await done
        if (work === 'update') this.#tally.acknowledge(path)
        this.#tally.done(writer, startMs, nowMs(), typeof records === 'number' ? records : 0)
      } catch (error) {
        this.#tally.fail(path, error)
        await sleep(PAUSE_AFTER_FAILURE_MS)
      }
      this.#memory?.sampleIfDue(this.#steps)
      if (nowMs() - this.#lastTurnMs >= TURN_AFTER_MS) await this.#turn()
    }
  }

  // Its own duration is what it was told to be, and is not measured.
  async #stalled(path: string, at: 'apply' | 'call', untilMs: number): Promise<void> {
    try {
      await this.#driver.update(path, { at, until: sleepUntil(untilMs) })
      this.#tally.acknowledge(path)
    } catch (error) {
      this.#tally.fail(path, error)
    }
  }

  #goesOn(timeMs: number): boolean {
    const { updates } = this.#config
    return updates === undefined ? timeMs < this.#tally.window.untilMs : this.#steps < updates
  }

  // One turn for all: those that came back one by one would have the process to themselves, each for its time.
  #turn(): Promise<void> {
    this.#turning ??= this.#takeTurn()
    return this.#turning
  }

  async #takeTurn(): Promise<void> {
    await eventTurn()
    this.#lastTurnMs = nowMs()
    this.#turning = undefined
  }
}
