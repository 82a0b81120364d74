/** What stands in the place of a secret; a text that is stored like that is hidden itself, so that nobody can make one up. */
export const SECRET_MARK = String.raw`\(not shown(?:, no\. \d{1,9})?\)`

/**
 * Stands in for secrets: the same mark for the same secret, and another for another. So what is compared without its secrets
 * differs exactly where they do.
 */
export class SecretMarks {
  readonly #numbers = new Map<string, number>()
  #count = 0

  /** How often something was hidden. */
  get count(): number {
    return this.#count
  }

  hide(secret: string): string {
    const number = this.#numbers.get(secret) ?? this.#numbers.size + 1
    this.#numbers.set(secret, number)
    this.#count++
    return number === 1 ? '(not shown)' : `(not shown, no. ${number})`
  }
}
