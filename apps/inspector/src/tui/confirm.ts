import { displayText } from '../display-text.ts'
import { cut } from '../terminal/cells.ts'
import type { Key } from '../terminal/key.ts'
import type { Frame } from './frame.ts'
import type { Cursor, Overlay } from './overlay.ts'
import type { ConfirmRequest } from './screen.ts'
import { TextBox } from './text-box.ts'
import { typedLine } from './typed-line.ts'

/** Asks to type a word in full. The enter key alone confirms nothing. */
export class Confirm implements Overlay {
  readonly title: string
  readonly hints = 'type the word, then enter  esc cancel'
  readonly #request: ConfirmRequest
  readonly #storeName: string
  readonly #confirmed: () => void
  readonly #box = new TextBox()
  #isWrong = false
  #cursor: Cursor | undefined

  constructor(request: ConfirmRequest, storeName: string, confirmed: () => void) {
    this.title = request.title
    this.#request = request
    this.#storeName = storeName
    this.#confirmed = confirmed
  }

  get cursor(): Cursor | undefined {
    return this.#cursor
  }

  view(frame: Frame): readonly string[] {
    const { paint, columns, rows, glyphs } = frame
    const ask = ` Type ${paint('key', displayText(this.#request.word))} to go on:`
    const typed = typedLine(this.#box, Math.max(1, columns - 2))
    const asked = [
      '',
      ` This writes to ${paint('writable', ` ${displayText(this.#storeName)} `)}`,
      ask,
      `  ${typed.text}`,
      this.#isWrong ? paint('warning', ' That is something else. Nothing was done.') : '',
    ]
    const lines = this.#request.lines.slice(0, Math.max(0, rows - asked.length))
    this.#cursor = { column: 2 + typed.cursorAt, row: lines.length + 3 }
    return [...lines, ...asked].map((line) => cut(line, columns, glyphs.ellipsis))
  }

  /** A long path may be pasted: it still has to be the right one. */
  insert(text: string): void {
    this.#box.insert(text)
  }

  press(key: Key): 'open' | 'closed' {
    if (key === '<escape>') return 'closed'
    if (key !== '<enter>') {
      this.#isWrong = false
      this.#box.press(key)
      return 'open'
    }
    this.#isWrong = this.#box.text !== this.#request.word
    if (this.#isWrong) return 'open'
    this.#confirmed()
    return 'closed'
  }
}
