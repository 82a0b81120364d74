import { displayText } from '../display-text.ts'
import { cellsOf, cut } from '../terminal/cells.ts'
import type { Key } from '../terminal/key.ts'
import type { Frame } from './frame.ts'
import { TextBox } from './text-box.ts'
import { typedLine } from './typed-line.ts'

/** A line of text to ask for. */
export interface Question {
  /** What stands before the text: `/`, `:`, `goto`. */
  readonly label: string
  readonly initial?: string
  /** Earlier answers, oldest first. */
  readonly earlier?: readonly string[]
  /** Told of every change; what it throws is shown beside the text and does not end the question. */
  changed?(text: string): void
  /** What the text could become with the tab key; the first is taken. */
  completions?(text: string): readonly string[]
  /** The answer. What it throws is shown and the question stays. */
  answer(text: string): void
  cancelled?(): void
}

/** A question while it is being answered. */
export class Prompt {
  readonly question: Question
  readonly #box: TextBox
  #problem = ''
  #earlierAt: number

  constructor(question: Question) {
    this.question = question
    this.#box = new TextBox(question.initial ?? '')
    this.#earlierAt = question.earlier?.length ?? 0
  }

  get text(): string {
    return this.#box.text
  }

  insert(text: string): void {
    this.#box.insert(text)
    this.#told()
  }

  /** `open` while it goes on. */
  press(key: Key): 'open' | 'answered' | 'cancelled' {
    switch (key) {
      case '<escape>':
        this.question.cancelled?.()
        return 'cancelled'
      case '<enter>':
        return this.#answer()
      case '<up>':
      case '<down>':
        this.#recall(key === '<up>' ? -1 : 1)
        return 'open'
      case '<tab>':
        this.#complete()
        return 'open'
      default:
        if (this.#box.press(key)) this.#told()
        return 'open'
    }
  }

  /** One line, and the column of the cursor in it. */
  view({ columns, paint, glyphs }: Frame): { line: string; column: number } {
    const label = `${displayText(this.question.label)} `
    const problem =
      this.#problem === '' ? '' : `  ${paint('warning', displayText(this.#problem, { codePointsMax: 200 }))}`
    const { text, cursorAt } = typedLine(this.#box, Math.max(4, columns - cellsOf(label)))
    const line = cut(`${paint('key', label)}${text}${problem}`, columns, glyphs.ellipsis)
    return { line, column: Math.min(cellsOf(label) + cursorAt, columns - 1) }
  }

  #answer(): 'open' | 'answered' {
    return this.#caught(() => this.question.answer(this.text)) ? 'answered' : 'open'
  }

  #told(): void {
    this.#caught(() => this.question.changed?.(this.text))
  }

  #recall(step: number): void {
    const earlier = this.question.earlier ?? []
    const at = Math.min(Math.max(0, this.#earlierAt + step), earlier.length)
    if (at === this.#earlierAt) return
    this.#earlierAt = at
    this.#box.set(earlier[at] ?? '')
    this.#told()
  }

  #complete(): void {
    const [first] = this.question.completions?.(this.text) ?? []
    if (first === undefined) return
    this.#box.set(first)
    this.#told()
  }

  #caught(work: () => void): boolean {
    try {
      work()
      this.#problem = ''
      return true
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error)
      return false
    }
  }
}
