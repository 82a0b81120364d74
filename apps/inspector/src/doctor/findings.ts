import type { CheckDetail, CheckResult, CheckStatus } from './check.ts'

/** Findings of one check that are told in full; the others are counted. */
const DETAILS_MAX = 20

export interface Verdict {
  /** How bad it is when something was found. */
  readonly severity: Exclude<CheckStatus, 'ok' | 'skip'>
  /** The summary when nothing was. */
  readonly none: string
  readonly some: (count: number) => string
  readonly likelyCause: string
  readonly next: readonly string[]
}

/** What a check finds, as far as it is worth telling. */
export class Findings {
  readonly #details: CheckDetail[] = []
  #count = 0

  get count(): number {
    return this.#count
  }

  /** The first one that names a record. */
  get firstPath(): string | undefined {
    return this.#details.find(({ path }) => path !== undefined)?.path
  }

  add(text: string, path?: string, version?: number): void {
    this.#count++
    if (this.#details.length < DETAILS_MAX) this.#details.push({ text, path, version })
  }

  /** Others that are only counted. */
  addMore(count: number): void {
    this.#count += count
  }

  result({ severity, none, some, likelyCause, next }: Verdict): CheckResult {
    if (this.#count === 0) return { status: 'ok', summary: none, details: [], next: [] }
    const more = this.#count - this.#details.length
    const details = more > 0 ? [...this.#details, { text: `and ${more} more` }] : this.#details
    return { status: severity, summary: some(this.#count), details, likelyCause, next }
  }
}
