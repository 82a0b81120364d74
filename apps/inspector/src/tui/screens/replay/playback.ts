import { stepUs } from '../../../trace/lanes.ts'
import { NONE } from '../../../trace/names.ts'
import { upperBound } from '../../../trace/order.ts'
import type { Host } from '../../screen.ts'
import { IDLE_US, type ReplayModel } from './replay-model.ts'

/** 20 frames a second; a terminal shows hardly more. */
const TICK_MS = 50
const SPEEDS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100]
/** Where nothing happens for long, it goes on this much before something does. */
const LEAD_US = 100_000

/** Lets the time of a trace go by. It waits for nothing else, and has no timer while it is paused. */
export class Playback {
  readonly #host: Host
  readonly #model: () => ReplayModel | undefined
  #speedAt = SPEEDS.indexOf(1)
  #isPlaying = false
  #lastMs = 0
  /** Of the run that a tick belongs to: one that was paused has none any more. */
  #run = 0

  constructor(host: Host, model: () => ReplayModel | undefined) {
    this.#host = host
    this.#model = model
  }

  get isPlaying(): boolean {
    return this.#isPlaying
  }

  get speed(): number {
    return SPEEDS[this.#speedAt] ?? 1
  }

  faster(by: 1 | -1): void {
    this.#speedAt = Math.min(Math.max(0, this.#speedAt + by), SPEEDS.length - 1)
  }

  play(): void {
    const model = this.#model()
    if (!model) return
    // At the end it begins again.
    if (model.cursorUs >= model.trace.endUs) model.goTo(model.trace.startUs)
    this.#isPlaying = true
    this.#lastMs = this.#host.nowMs()
    const run = ++this.#run
    this.#host.after(TICK_MS, () => this.#tick(run))
  }

  pause(): void {
    this.#isPlaying = false
    this.#run++
  }

  #tick(run: number): void {
    const model = this.#model()
    if (run !== this.#run || !model) return
    const nowMs = this.#host.nowMs()
    model.goTo(this.#next(model, (nowMs - this.#lastMs) * 1000 * this.speed))
    this.#lastMs = nowMs
    if (model.cursorUs >= model.trace.endUs) this.pause()
    else this.#host.after(TICK_MS, () => this.#tick(run))
    this.#host.changed()
  }

  #next({ trace, all, cursorUs }: ReplayModel, passedUs: number): number {
    const at = upperBound(all.steps.length, (place) => stepUs(trace, all.steps[place] ?? NONE), cursorUs)
    const event = all.steps[at]
    const nextUs = event === undefined ? trace.endUs : stepUs(trace, event)
    const isIdle = nextUs - cursorUs > IDLE_US
    return isIdle ? Math.max(cursorUs + passedUs, nextUs - LEAD_US) : cursorUs + passedUs
  }
}
