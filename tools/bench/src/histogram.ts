/** Sub-buckets per power of two: a reported value is at most 1/128 above the measured one. */
const SUB_BUCKETS = 128
const SUB_BUCKET_BITS = 7
/** Nanoseconds up to 2^42, which is more than an hour. */
const EXPONENTS = 42 - SUB_BUCKET_BITS
const NANOSECONDS_PER_MS = 1e6

/** What travels from a worker process: pairs of bucket and count, and the exact extremes. */
export interface HistogramData {
  readonly buckets: readonly (readonly [bucket: number, count: number])[]
  readonly maxMs: number
}

/**
 * Durations in buckets of equal relative width, so that those of several processes can be added up and the far tail keeps
 * its precision. The maximum is exact.
 */
export class Histogram {
  readonly #counts = new Float64Array((EXPONENTS + 1) * SUB_BUCKETS)
  #count = 0
  #maxMs = 0

  static from(data: HistogramData): Histogram {
    const histogram = new Histogram()
    histogram.add(data)
    return histogram
  }

  get count(): number {
    return this.#count
  }

  get maxMs(): number {
    return this.#maxMs
  }

  record(ms: number): void {
    const bucket = bucketOf(ms * NANOSECONDS_PER_MS)
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#count += 1
    if (ms > this.#maxMs) this.#maxMs = ms
  }

  add(data: HistogramData): void {
    for (const [bucket, count] of data.buckets) {
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count
      this.#count += count
    }
    this.#maxMs = Math.max(this.#maxMs, data.maxMs)
  }

  /** Nearest-rank percentile in milliseconds, rounded up to the end of its bucket; 0 when nothing was recorded. */
  percentile(fraction: number): number {
    if (this.#count === 0) return 0
    const rank = Math.max(1, Math.ceil(fraction * this.#count))
    let seen = 0
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count
      if (seen >= rank) return Math.min(this.#maxMs, endOf(bucket) / NANOSECONDS_PER_MS)
    }
    return this.#maxMs
  }

  toData(): HistogramData {
    const buckets: [number, number][] = []
    for (const [bucket, count] of this.#counts.entries()) if (count > 0) buckets.push([bucket, count])
    return { buckets, maxMs: this.#maxMs }
  }
}

// Below 128 each nanosecond has a bucket; above, each power of two has 128.
function bucketOf(nanoseconds: number): number {
  const value = Math.max(0, Math.floor(nanoseconds))
  if (value < SUB_BUCKETS) return value
  const exponent = Math.min(EXPONENTS, Math.floor(Math.log2(value)) - SUB_BUCKET_BITS + 1)
  const sub = Math.floor(value / 2 ** (exponent - 1)) - SUB_BUCKETS
  return exponent * SUB_BUCKETS + Math.min(SUB_BUCKETS - 1, Math.max(0, sub))
}

function endOf(bucket: number): number {
  const exponent = Math.floor(bucket / SUB_BUCKETS)
  const sub = bucket % SUB_BUCKETS
  return exponent === 0 ? sub + 1 : (SUB_BUCKETS + sub + 1) * 2 ** (exponent - 1)
}
