import fuzzysort from 'fuzzysort'
import { displayText } from '../display-text.ts'
import { cellsOf, cut, fit } from '../terminal/cells.ts'
import type { Key } from '../terminal/key.ts'
import { type Action, keysText } from './action.ts'
import type { Frame } from './frame.ts'
import type { Cursor, Overlay } from './overlay.ts'
import { inSight, type Place } from './scroll.ts'
import { TextBox } from './text-box.ts'
import { typedLine } from './typed-line.ts'

/** Nobody wants to hear all of it after each character. */
const SPOKEN_MAX = 5

/** The column where what is typed begins. */
const TYPED_AT = 3

/** What the list does with the action that was chosen. */
export interface ActionListEvents {
  run(action: Action): void
  take(action: Action, argument: string): void
  refuse(why: string): void
}

/**
 * Everything that can be done here, with its key: what one types narrows it, the enter key does it. The palette and the help
 * are both this list.
 */
export class ActionList implements Overlay {
  readonly title: string
  readonly hints = 'type to filter  up/down choose  enter do it  esc close'
  readonly #actions: readonly Action[]
  readonly #events: ActionListEvents
  readonly #command: string
  readonly #box = new TextBox()
  #place: Place = { at: 0, top: 0 }
  #cursor: Cursor | undefined

  /** `command` is the command line that tells what the screen shows. */
  constructor(title: string, actions: readonly Action[], command: string, events: ActionListEvents) {
    this.title = title
    this.#actions = actions
    this.#command = command
    this.#events = events
  }

  get cursor(): Cursor | undefined {
    return this.#cursor
  }

  view(frame: Frame): readonly string[] {
    const { paint, columns, glyphs } = frame
    const typed = typedLine(this.#box, Math.max(1, columns - TYPED_AT))
    this.#cursor = { column: TYPED_AT + typed.cursorAt, row: 0 }
    const found = this.#found()
    const rows = frame.spoken ? SPOKEN_MAX : Math.max(1, frame.rows - 3)
    this.#place = inSight(this.#place, found.length, rows)
    const keyCells = Math.min(24, Math.max(8, ...found.map(({ keys }) => cellsOf(keysText(keys)))))
    const lines = found.slice(this.#place.top, this.#place.top + rows).map((action, row) => {
      const isSelected = this.#place.top + row === this.#place.at
      const text = ` ${isSelected ? glyphs.selected : ' '} ${fit(keysText(action.keys), keyCells)}  ${wordsOf(action)}`
      const line = cut(text, columns, glyphs.ellipsis)
      if (isSelected) return paint('selected', fit(line, columns))
      return action.unavailable === undefined ? line : paint('muted', line)
    })
    return [
      ` ${paint('key', ':')} ${typed.text}`,
      cut(paint('muted', ` the same from a shell: inspector ${displayText(this.#command)}`), columns, glyphs.ellipsis),
      ...lines,
      ...(found.length === 0 ? [paint('muted', '   nothing is called that')] : []),
    ]
  }

  press(key: Key): 'open' | 'closed' {
    if (key === '<escape>') return 'closed'
    if (key === '<enter>') return this.#choose()
    if (key === '<up>' || key === '<down>') {
      this.#place = { ...this.#place, at: Math.max(0, this.#place.at + (key === '<up>' ? -1 : 1)) }
    } else if (key === '<tab>') this.#complete()
    else if (this.#box.press(key)) this.#place = { at: 0, top: 0 }
    return 'open'
  }

  insert(text: string): void {
    this.#box.insert(text)
  }

  #choose(): 'open' | 'closed' {
    const text = this.#box.text.trim()
    const [word = '', ...rest] = text.split(' ')
    const commanded = this.#actions.find(({ command }) => command?.word === word)
    if (commanded && rest.length > 0) {
      this.#events.take(commanded, rest.join(' '))
      return 'closed'
    }
    const action = commanded ?? this.#found()[this.#place.at]
    if (!action) return 'open'
    if (action.command?.wordless?.test(text)) {
      this.#events.take(action, text)
      return 'closed'
    }
    if (action.unavailable !== undefined) {
      this.#events.refuse(`Cannot ${action.name}: ${action.unavailable}`)
      return 'open'
    }
    this.#events.run(action)
    return 'closed'
  }

  #complete(): void {
    const action = this.#found()[this.#place.at]
    if (action?.command) this.#box.set(`${action.command.word} `)
  }

  #found(): readonly Action[] {
    const text = this.#box.text.trim()
    if (text === '') return this.#actions
    const [word = ''] = text.split(' ')
    const commanded = this.#actions.filter(({ command }) => command?.word === word)
    if (commanded.length > 0) return commanded
    const wordless = this.#actions.filter(({ command }) => command?.wordless?.test(text))
    const others = this.#actions.filter((action) => !wordless.includes(action))
    const named = fuzzysort.go(text, others, { keys: [wordsOf, ({ keys }) => keysText(keys)] })
    return [...wordless, ...named.map(({ obj }) => obj)]
  }
}

function wordsOf({ name, command, synonyms, unavailable }: Action): string {
  const asCommand = command ? `  :${command.word} ${command.argument}` : ''
  const also = synonyms ? `  (${synonyms.join(', ')})` : ''
  return `${name}${asCommand}${also}${unavailable === undefined ? '' : `  - ${unavailable}`}`
}
