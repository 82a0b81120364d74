/** Decides which texts of a store may be told to somebody who must not learn where a view leads. */
export class Discretion {
  readonly #hidden: RegExp | undefined

  /** `targets` are the paths that must not be told, not even one segment of them. */
  constructor(targets: readonly string[]) {
    const segments = new Set(targets.flatMap((target) => target.split('/').filter((segment) => segment !== '')))
    const words = [...segments].map((segment) => segment.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    this.#hidden =
      words.length === 0 ? undefined : new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join('|')})(?![\\p{L}\\p{N}])`, 'iu')
  }

  /** The text when it holds neither a path nor a hidden segment, otherwise a text that says nothing. */
  text(text: string): string {
    const tells = text.replaceAll('"/"', '').includes('/') || this.#hidden?.test(text) === true
    return tells ? 'the store behind the view failed' : text
  }

  /** A copy of a cause and its own causes with nothing of them but the names, codes and texts that may be told. */
  cause(cause: unknown, depth = 0): Error | undefined {
    if (!(cause instanceof Error) || depth === CAUSES_MAX) return undefined
    const deeper = this.cause(cause.cause, depth + 1)
    const copy = new Error(this.text(cause.message), deeper === undefined ? undefined : { cause: deeper })
    const { code } = cause as { code?: unknown }
    copy.name = this.#word(cause.name) ?? 'Error'
    const told = this.#word(code)
    return told === undefined ? copy : Object.assign(copy, { code: told })
  }

  #word(word: unknown): string | undefined {
    return typeof word === 'string' && /^[\w-]{1,40}$/.test(word) && this.text(word) === word ? word : undefined
  }
}

const CAUSES_MAX = 8
