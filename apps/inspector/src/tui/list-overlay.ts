import type { Key } from '../terminal/key.ts'
import { cut } from '../terminal/cells.ts'
import type { Frame } from './frame.ts'
import type { Overlay } from './overlay.ts'
import { inSight, moved, type Place } from './scroll.ts'

/** Lines to read, with nothing to do but to move in them: messages, calls of the store. */
export class ListOverlay implements Overlay {
  readonly title: string
  readonly hints = 'j/k move  esc close'
  readonly #lines: (frame: Frame) => readonly string[]
  #place: Place = { at: Number.MAX_SAFE_INTEGER, top: 0 }
  #count = 0
  #rows = 1

  constructor(title: string, lines: (frame: Frame) => readonly string[]) {
    this.title = title
    this.#lines = lines
  }

  view(frame: Frame): readonly string[] {
    const lines = this.#lines(frame)
    this.#count = lines.length
    this.#rows = frame.rows
    this.#place = inSight(this.#place, lines.length, frame.rows)
    if (lines.length === 0) return [frame.paint('muted', '  nothing yet')]
    return lines
      .slice(this.#place.top, this.#place.top + frame.rows)
      .map((line) => cut(line, frame.columns, frame.glyphs.ellipsis))
  }

  press(key: Key): 'open' | 'closed' {
    if (key === '<escape>' || key === 'q' || key === '<enter>') return 'closed'
    const at = moved(key, this.#place.at, this.#count, this.#rows)
    if (at !== undefined) this.#place = { at, top: this.#place.top }
    return 'open'
  }
}
