/** Buckets from one power of two to the next: a value is told with an error of at most 1/16. */
const PARTS = 16
const PART_BITS = 4
const BUCKETS = 64 * PARTS

/** Counts of durations in buckets that grow with the duration: all percentiles of millions, in a few kilobytes. */
export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS)
  #count = 0
  #max = 0

  get count(): number {
    return this.#count
  }

  /** The greatest value, exactly. */
  get max(): number {
    return this.#max
  }

  add(value: number): void {
    const whole = Math.max(0, Math.floor(value))
    const bucket = bucketOf(whole)
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#count++
    this.#max = Math.max(this.#max, whole)
  }

  addAll(other: Histogram): void {
    for (const [bucket, count] of other.#counts.entries()) {
      if (count > 0) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count
    }
    this.#count += other.#count
    this.#max = Math.max(this.#max, other.#max)
  }

  /** How many values there are from `from` on and below `to`, which are powers of two or zero. */
  between(from: number, to: number): number {
    let count = 0
    for (let bucket = bucketOf(from); bucket < BUCKETS && highestIn(bucket) < to; bucket++) {
      count += this.#counts[bucket] ?? 0
    }
    return count
  }

  /** The least bucket limit that so large a share of the values is not above; undefined without values. */
  percentile(share: number): number | undefined {
    if (this.#count === 0) return undefined
    const wanted = Math.max(1, Math.ceil(share * this.#count))
    let seen = 0
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count
      if (seen >= wanted) return Math.min(highestIn(bucket), this.#max)
    }
    return this.#max
  }
}

function bucketOf(value: number): number {
  if (value < PARTS) return value
  const exponent = Math.floor(Math.log2(value))
  const part = Math.floor(value / 2 ** (exponent - PART_BITS)) - PARTS
  return Math.min(BUCKETS - 1, (exponent - PART_BITS + 1) * PARTS + part)
}

function highestIn(bucket: number): number {
  if (bucket < PARTS) return bucket
  const exponent = Math.floor(bucket / PARTS) + PART_BITS - 1
  return (PARTS + (bucket % PARTS) + 1) * 2 ** (exponent - PART_BITS) - 1
}
