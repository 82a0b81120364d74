import type { Key } from '../terminal/key.ts'
import type { Frame } from './frame.ts'

/** Something in front of the screen, which has the keys until it is closed. */
export interface Overlay {
  readonly title: string
  view(frame: Frame): readonly string[]
  /** Keys that it names in the line of hints. */
  readonly hints: string
  press(key: Key): 'open' | 'closed'
  /** Pasted text, where text is typed. */
  insert?(text: string): void
  /** Where text is typed in what `view` showed last. */
  readonly cursor?: Cursor | undefined
}

/** A cell, counted from 0 at the upper left. */
export interface Cursor {
  readonly column: number
  readonly row: number
}
