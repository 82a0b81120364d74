/** Durations that were measured, to draw from. */
export class Samples {
  readonly #sorted: Float64Array

  constructor(values: readonly number[]) {
    this.#sorted = Float64Array.from(values).toSorted()
  }

  get count(): number {
    return this.#sorted.length
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.#sorted.reduce((sum, value) => sum + value, 0) / this.count
  }

  /** The value that a share of them, from 0 to below 1, is not above; 0 without any. */
  at(share: number): number {
    return this.#sorted[Math.floor(share * this.count)] ?? 0
  }

  /** The least value that so large a share is not above; null without any. */
  percentile(share: number): number | null {
    return this.#sorted[Math.max(0, Math.ceil(share * this.count) - 1)] ?? null
  }
}
