import { pointerTo } from './json-pointer.ts'

/** One line of a tree: a member of an object, an element of an array, or the whole value. */
export interface TreeLine {
  readonly depth: number
  /** Absent for the whole value. */
  readonly key: string | number | undefined
  readonly pointer: string
  readonly value: unknown
  /** How many members or elements it has; undefined where it has none to show. */
  readonly children: number | undefined
  readonly isOpen: boolean
}

/** Lines at the most; what is folded costs nothing. */
export const TREE_LINES_MAX = 20_000
const LEVEL_DEFAULT = 2
export const LEVEL_MAX = 9

/** A JSON value with some of its parts folded. */
export class JsonTree {
  readonly #value: unknown
  readonly #exceptions = new Map<string, boolean>()
  #level = LEVEL_DEFAULT
  #lines: readonly TreeLine[] | undefined

  constructor(value: unknown) {
    this.#value = value
  }

  /** How many levels are open, but for what was folded or unfolded by itself. */
  get level(): number {
    return this.#level
  }

  set level(level: number) {
    this.#level = Math.min(Math.max(0, level), LEVEL_MAX)
    this.#exceptions.clear()
    this.#lines = undefined
  }

  get lines(): readonly TreeLine[] {
    this.#lines ??= this.#laidOut()
    return this.#lines
  }

  /** Folds what is open, unfolds what is not. */
  toggle({ pointer, children, isOpen }: TreeLine): void {
    if (children === undefined) return
    this.#exceptions.set(pointer, !isOpen)
    this.#lines = undefined
  }

  // With a stack of its own: a body may be nested deeper than calls can be.
  #laidOut(): TreeLine[] {
    const lines: TreeLine[] = []
    const open = [[this.#line(undefined, '', this.#value, 0)].values()]
    while (lines.length < TREE_LINES_MAX) {
      const next = open.at(-1)?.next()
      if (next === undefined) break
      if (next.done) {
        open.pop()
        continue
      }
      lines.push(next.value)
      if (next.value.isOpen) open.push(this.#childrenOf(next.value))
    }
    return lines
  }

  *#childrenOf({ value, pointer, depth }: TreeLine): ArrayIterator<TreeLine> {
    if (Array.isArray(value)) {
      for (const [at, element] of value.entries()) yield this.#line(at, pointerTo(pointer, at), element, depth + 1)
    } else {
      for (const [key, member] of Object.entries(value as object)) {
        yield this.#line(key, pointerTo(pointer, key), member, depth + 1)
      }
    }
  }

  #line(key: string | number | undefined, pointer: string, value: unknown, depth: number): TreeLine {
    const count = Array.isArray(value) ? value.length : isObject(value) ? Object.keys(value).length : 0
    const children = count === 0 ? undefined : count
    const isOpen = children !== undefined && (this.#exceptions.get(pointer) ?? depth < this.#level)
    return { depth, key, pointer, value, children, isOpen }
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
