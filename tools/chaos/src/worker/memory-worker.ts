import type { Filesystem } from '@latchless/filesystem'
import { WorkerClock } from '../faults/clock.ts'
import type { FaultyStore } from '../faults/store-faults.ts'
import { Gate } from '../faults/gate.ts'
import { Journal } from '../history/journal.ts'
import type { Worker } from './messages.ts'
import type { WorkerPlan } from './run-worker.ts'
import { nameOf, runWorker } from './run-worker.ts'

interface Incarnation {
  readonly clock: WorkerClock
  readonly gate: Gate
  readonly journal: Journal
  readonly death: AbortController
  readonly finish: AbortController
  ended: Promise<void>
}

/** A worker inside this process, over a filesystem that all share. It can be stopped and killed as if it were a process. */
export class MemoryWorker implements Worker {
  readonly number: number
  readonly pid = 0
  readonly isUp = true
  readonly ready: Promise<void> = Promise.resolve()
  readonly #filesystem: Filesystem
  readonly #planOf: (incarnation: number) => WorkerPlan
  readonly #end = Promise.withResolvers<void>()
  readonly #stores: FaultyStore[] = []
  #plan: WorkerPlan
  #startUs = 0
  #incarnation: Incarnation | undefined

  constructor(filesystem: Filesystem, planOf: (incarnation: number) => WorkerPlan) {
    this.#filesystem = filesystem
    this.#planOf = planOf
    this.#plan = planOf(1)
    this.number = this.#plan.number
    this.#end.promise.catch(() => {})
  }

  get ended(): Promise<void> {
    return this.#end.promise
  }

  async go(startUs: number): Promise<void> {
    this.#startUs = startUs
    this.#begin()
  }

  async kill(): Promise<void> {
    this.#die()
    this.#plan = this.#planOf(this.#plan.incarnation + 1)
    this.#begin()
  }

  stop(): void {
    this.#incarnation?.gate.stop()
  }

  resume(): void {
    this.#incarnation?.gate.resume()
  }

  async jump(ms: number): Promise<void> {
    this.#incarnation?.clock.jump(ms)
  }

  async tellSibling(): Promise<void> {
    // There is no process that could be left stopped.
  }

  async finish(): Promise<void> {
    this.resume()
    this.#incarnation?.finish.abort()
    await this.#incarnation?.ended
    for (const store of this.#stores) await store.settled()
    this.#incarnation?.journal[Symbol.dispose]()
    this.#end.resolve()
  }

  async destroy(): Promise<void> {
    this.#die()
  }

  #die(): void {
    this.#incarnation?.gate.kill()
    this.#incarnation?.death.abort()
    this.#incarnation?.journal.kill()
    this.#incarnation = undefined
  }

  #begin(): void {
    const death = new AbortController()
    const finish = new AbortController()
    const clock = new WorkerClock(death.signal)
    const gate = new Gate()
    const journal = new Journal(this.#plan.directory, nameOf(this.#plan))
    const plan = { ...this.#plan, startUs: this.#startUs }
    // The gate is on the side of the worker: what it has sent arrives although it is stopped or dead.
    const onStore = (store: FaultyStore) => void this.#stores.push(store)
    const tools = { filesystem: this.#filesystem, runtime: clock, journal, finish: finish.signal, gate, onStore }
    const ended = runWorker(plan, tools)
    ended.catch((error: unknown) => this.#end.reject(error))
    this.#incarnation = { clock, gate, journal, death, finish, ended }
  }
}
