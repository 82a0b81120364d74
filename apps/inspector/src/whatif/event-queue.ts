/** What is still to happen, the earliest first: a binary heap. */
export class EventQueue<Item> {
  readonly #times: number[] = []
  readonly #items: Item[] = []

  get size(): number {
    return this.#times.length
  }

  /** When the earliest is; infinity without any. */
  get nextUs(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY
  }

  push(atUs: number, item: Item): void {
    let place = this.size
    while (place > 0) {
      const parent = (place - 1) >>> 1
      if (this.#timeAt(parent) <= atUs) break
      this.#move(parent, place)
      place = parent
    }
    this.#put(place, atUs, item)
  }

  /** Takes the earliest. */
  pop(): Item | undefined {
    const first = this.#items[0]
    const last = this.#items.pop()
    const lastUs = this.#times.pop()
    if (last === undefined || lastUs === undefined || this.size === 0) return last
    let place = 0
    for (;;) {
      const left = 2 * place + 1
      const earlier = this.#timeAt(left + 1) < this.#timeAt(left) ? left + 1 : left
      if (this.#timeAt(earlier) >= lastUs) break
      this.#move(earlier, place)
      place = earlier
    }
    this.#put(place, lastUs, last)
    return first
  }

  #timeAt(place: number): number {
    return this.#times[place] ?? Number.POSITIVE_INFINITY
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#timeAt(from), this.#items[from] as Item)
  }

  #put(place: number, atUs: number, item: Item): void {
    this.#times[place] = atUs
    this.#items[place] = item
  }
}
