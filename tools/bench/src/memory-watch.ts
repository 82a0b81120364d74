import type { MemorySample } from './messages.ts'

const SAMPLES = 20
const MIB = 2 ** 20

/** Samples of the memory of a process at even distances of its updates, garbage collected before where Node allows it. */
export class MemoryWatch {
  readonly #every: number
  readonly #samples: MemorySample[] = []

  constructor(updates: number) {
    this.#every = Math.max(1, Math.floor(updates / SAMPLES))
  }

  get samples(): readonly MemorySample[] {
    return this.#samples
  }

  sampleIfDue(updates: number): void {
    if (updates < (this.#samples.length + 1) * this.#every) return
    globalThis.gc?.()
    const { heapUsed, rss } = process.memoryUsage()
    this.#samples.push({ updates, heapMb: heapUsed / MIB, rssMb: rss / MIB })
  }
}
