import type { Driver, Engine } from '@latchless/bench'

/** Acknowledges every update, and drops each fifth. */
class LosingDriver implements Driver {
  readonly #counts = new Map<string, number>()
  #updates = 0

  async update(path: string): Promise<void> {
    this.#updates += 1
    const number = this.#updates
    await new Promise((resolve) => setTimeout(resolve, 1))
    if (number % 5 !== 0) this.#counts.set(path, (this.#counts.get(path) ?? 0) + 1)
  }

  async count(path: string): Promise<number> {
    return this.#counts.get(path) ?? 0
  }

  async close(): Promise<void> {}
}

export const engine: Engine = {
  id: 'losing',
  module: import.meta.url,
  family: 'memory',
  crossProcess: false,
  modes: [{ mode: 'losing', durability: 'memory', history: false, stalls: [] }],
  bodyBytesMax: 1000,
  async open(options) {
    if (options.bodyBytes > this.bodyBytesMax)
      throw new RangeError('Cannot open the losing engine: the body is too large')
    return new LosingDriver()
  },
}
