/** Bodies of one page, in bytes, beyond which it ends early: a page must not fill the memory. */
export const PAGE_BYTES_MAX: number = 16 * 1024 * 1024

/** How much of a page is left, in items and in bytes of bodies. */
export class PageBudget {
  #items: number
  #bytes = PAGE_BYTES_MAX

  constructor(items: number) {
    this.#items = items
  }

  get isSpent(): boolean {
    return this.#items <= 0 || this.#bytes <= 0
  }

  take(bytes: number): void {
    this.#items--
    this.#bytes -= bytes
  }
}
