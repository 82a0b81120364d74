/** No name: the field was absent. */
export const NONE = -1

/** What a name takes beside its characters: its places in the list and in the index. */
const NAME_BYTES = 100

/** Numbers for texts that repeat, so that columns of numbers can hold them. */
export class Names {
  readonly #texts: string[] = []
  readonly #numbers = new Map<string, number>()
  #bytes = 0

  get size(): number {
    return this.#texts.length
  }

  /** About how much memory they take. */
  get bytes(): number {
    return this.#bytes
  }

  /** The number of a text, a new one when it was not seen before. */
  numberOf(text: string | undefined): number {
    if (text === undefined) return NONE
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    const number = this.#texts.length
    this.#texts.push(text)
    this.#numbers.set(text, number)
    this.#bytes += NAME_BYTES + 2 * text.length
    return number
  }

  /** The number of a text that was seen, {@link NONE} otherwise. */
  find(text: string): number {
    return this.#numbers.get(text) ?? NONE
  }

  /** The text, as it stood in the file: not yet escaped. */
  text(number: number): string {
    return this.#texts[number] ?? ''
  }
}
