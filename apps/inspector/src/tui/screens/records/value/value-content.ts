import { Buffer } from 'node:buffer'
import type { StoredHead } from '@latchless/filesystem'
import type { DetailLine, KindView } from '../../../../kinds/kind-view.ts'
import { readBody } from '../../../../model/body.ts'
import { JsonTree } from '../../../../model/json-tree.ts'
import { redactedHead } from '../../../../model/redacted-head.ts'
import { textWindow, WINDOW_BYTES } from '../../../../model/text-window.ts'

/** The ways to look at a value, in the order in which a key goes through them. */
export type ValueMode = 'kind' | 'json' | 'text' | 'hex' | 'meta'

/** Above this, a body is parsed only when somebody asks for its tree. */
const PARSED_BYTES_MAX = 256 * 1024
/** Above this, not even then. */
export const TREE_BYTES_MAX = 4 * 1024 * 1024

/** One version of a record, prepared for looking at it. */
export class ValueContent {
  readonly path: string
  readonly head: StoredHead
  /** How much of the head is not shown, and is not in it here. */
  readonly hidden: number
  /** Whether secrets are shown. */
  readonly reveals: boolean
  readonly kindView: KindView | undefined
  readonly modes: readonly ValueMode[]
  readonly best: ValueMode
  #tree: JsonTree | 'no json' | undefined
  #detail: { readonly second: number; readonly lines: readonly DetailLine[] } | undefined

  constructor(path: string, stored: StoredHead, kindView: KindView | undefined, nowMs: number, reveals = false) {
    this.path = path
    const { head, hidden } = reveals ? { head: stored, hidden: 0 } : redactedHead(stored, kindView?.redact ?? [])
    this.head = head
    this.hidden = hidden
    this.reveals = reveals
    this.kindView = kindView
    const modes: ValueMode[] = []
    if (head.state === 'live') {
      if (this.detail(nowMs).length > 0) modes.push('kind')
      if (this.#mayBeJson()) modes.push('json')
      modes.push(...(isText(this.body) ? (['text', 'hex'] as const) : (['hex'] as const)))
    }
    this.modes = [...modes, 'meta']
    const isLarge = this.body.length > PARSED_BYTES_MAX
    this.best = this.modes.find((mode) => !(isLarge && mode === 'json')) ?? 'meta'
  }

  get body(): Uint8Array {
    return this.head.state === 'live' ? this.head.entry.body : NOTHING
  }

  /** The body as a tree; undefined where it is too large or no JSON after all. */
  get tree(): JsonTree | undefined {
    if (this.#tree === undefined) {
      const body = this.body.length > TREE_BYTES_MAX ? undefined : readBody(this.body)
      this.#tree = body?.type === 'json' ? new JsonTree(body.value) : 'no json'
    }
    return this.#tree === 'no json' ? undefined : this.#tree
  }

  /** The record in the words of its store. They tell of seconds at the finest, so they are not made for every frame. */
  detail(nowMs: number): readonly DetailLine[] {
    const { head } = this
    const second = Math.floor(nowMs / 1000)
    if (this.#detail?.second !== second) {
      const lines = head.state === 'live' ? (this.kindView?.detail(head.entry, { nowMs }) ?? []) : []
      this.#detail = { second, lines }
    }
    return this.#detail.lines
  }

  /** The bytes that may be copied or given to another program: without what is hidden. */
  get openBytes(): Uint8Array | undefined {
    return this.head.state === 'deleted' ? undefined : this.body
  }

  #mayBeJson(): boolean {
    if (this.body.length <= PARSED_BYTES_MAX) return this.tree !== undefined
    return /^\s*["{[]/.test(textWindow(this.body, 0).text.slice(0, 256))
  }
}

const NOTHING = new Uint8Array()

function isText(bytes: Uint8Array): boolean {
  const { start, end } = textWindow(bytes, 0)
  const first = bytes.subarray(start, Math.min(end, WINDOW_BYTES))
  return !first.includes(0) && isUtf8(first)
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

/** The bytes as text for a clipboard; undefined where they are none. */
export function clipboardText(bytes: Uint8Array): string | undefined {
  return isUtf8(bytes) ? Buffer.from(bytes).toString('utf8') : undefined
}
