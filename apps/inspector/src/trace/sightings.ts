import { upperBound } from './order.ts'

/** So far wall clocks of different processes may be apart before an order of events is believed. */
const CLOCKS_APART_US = 1_000_000
const ANY_CLOCK = -1

interface Growth {
  readonly atUs: number[]
  readonly versions: number[]
}

/** The highest version of each record that was seen before a time. Times of one clock compare exactly. */
export class Sightings {
  readonly #growths = new Map<number, Map<number, Growth>>()

  /** Call in the order of `endUs`. */
  add(key: number, clock: number, endUs: number, version: number): void {
    this.#grow(key, clock, endUs, version)
    this.#grow(key, ANY_CLOCK, endUs, version)
  }

  /** What certainly had been seen when a span of a clock began; 0 when nothing had. */
  highestBefore(key: number, clock: number, startUs: number): number {
    const same = this.#highest(key, clock, startUs)
    return Math.max(same, this.#highest(key, ANY_CLOCK, startUs - CLOCKS_APART_US))
  }

  forget(key: number): void {
    this.#growths.delete(key)
  }

  #grow(key: number, clock: number, endUs: number, version: number): void {
    let ofKey = this.#growths.get(key)
    if (!ofKey) this.#growths.set(key, (ofKey = new Map()))
    let growth = ofKey.get(clock)
    if (!growth) ofKey.set(clock, (growth = { atUs: [], versions: [] }))
    if (version <= (growth.versions.at(-1) ?? 0)) return
    growth.atUs.push(endUs)
    growth.versions.push(version)
  }

  #highest(key: number, clock: number, beforeUs: number): number {
    const growth = this.#growths.get(key)?.get(clock)
    if (!growth) return 0
    const count = upperBound(growth.atUs.length, (at) => growth.atUs[at] ?? 0, beforeUs - 1)
    return growth.versions[count - 1] ?? 0
  }
}
