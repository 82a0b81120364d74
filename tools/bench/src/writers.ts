import { setTimeout as sleep } from 'node:timers/promises'
import { nowMs, sleepUntil } from './clock.ts'
import type { Driver, PageKind } from './engines/engine.ts'
import { eventTurn } from './engines/retry.ts'
import type { MemoryWatch } from './memory-watch.ts'
import type { WorkerConfig } from './messages.ts'
import { pathOf } from './record-paths.ts'
import { PAGE_RECORDS } from './scenarios/list.ts'
import type { Tally } from './tally.ts'

/** A closed loop that never waits would keep events from the process; real callers arrive by events. */
const TURN_AFTER_MS = 2
/** A store that rejects at once must not be asked again at once. */
const PAUSE_AFTER_FAILURE_MS = 1

/** What one operation does, and which record it is about; resolves with the number of records it read. */
type Operation = (writer: number, step: number) => { readonly path: string; readonly done: Promise<unknown> }

/** The writers of one process, each in a closed loop until the window ends or the updates are used up. */
export class Writers {
  readonly #config: WorkerConfig
  readonly #driver: Driver
  readonly #tally: Tally
  readonly #memory: MemoryWatch | undefined
  #steps = 0
  #lastTurnMs = nowMs()

  constructor(config: WorkerConfig, driver: Driver, tally: Tally, memory: MemoryWatch | undefined) {
    this.#config = config
    this.#driver = driver
    this.#tally = tally
    this.#memory = memory
  }

  async run(): Promise<void> {
    const operation = await this.#prepare()
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

  async #turn(): Promise<void> {
    await eventTurn()
    this.#lastTurnMs = nowMs()
  }

  async #prepare(): Promise<Operation> {
    const { work } = this.#config
    if (work === 'store') return this.#storeOperation()
    if (work === 'update') {
      return (writer, step) => {
        const path = pathOf(this.#config, writer, step)
        return { path, done: this.#driver.update(path) }
      }
    }
    return this.#pageOperation(work)
  }

  #pageOperation(kind: PageKind): Operation {
    const read = this.#driver.page?.bind(this.#driver)
    if (!read) throw new Error(`Cannot measure pages: ${this.#config.engine} has none`)
    const cursors = new Map<number, unknown>()
    return (writer) => ({
      path: '/',
      done: read(kind, cursors.get(writer), PAGE_RECORDS).then(({ records, next }) => {
        cursors.set(writer, next)
        return records
      }),
    })
  }

  async #storeOperation(): Promise<Operation> {
    const { storeOperations } = await import('./store-operations.ts')
    const found = storeOperations.find(({ id }) => id === this.#config.operation)
    if (!found || !this.#driver.filesystem)
      throw new Error(`Cannot measure "${this.#config.operation}": it is not registered for ${this.#config.engine}`)
    const once = await found.open(this.#driver.filesystem)
    return (writer) => ({ path: '/', done: once(writer) })
  }
}
