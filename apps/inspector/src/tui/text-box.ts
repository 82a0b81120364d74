import { isCharacter, type Key } from '../terminal/key.ts'

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Far more than anybody types or looks for; a paste can be anything. */
const UNITS_MAX = 4096

/** Text of one line that is being typed, and the place in it. Characters are what a person sees as one. */
export class TextBox {
  #characters: string[]
  #at: number

  constructor(text = '') {
    this.#characters = charactersOf(text)
    this.#at = this.#characters.length
  }

  get text(): string {
    return this.#characters.join('')
  }

  /** The text on both sides of the cursor. */
  get sides(): readonly [before: string, after: string] {
    return [this.#characters.slice(0, this.#at).join(''), this.#characters.slice(this.#at).join('')]
  }

  set(text: string): void {
    this.#characters = charactersOf(text)
    this.#at = this.#characters.length
  }

  /** Puts text at the cursor, as one line. What is more than a line of text can be is left out. */
  insert(text: string): void {
    const [before, after] = this.sides
    // Joined before it is taken apart: an accent or a modifier may come after the character that it changes.
    const typed = before + text.slice(0, UNITS_MAX).replace(/\s+/g, ' ')
    this.#characters = charactersOf(typed + after).slice(0, UNITS_MAX)
    this.#at = Math.min(charactersOf(typed).length, this.#characters.length)
  }

  /** Whether the key meant something here. */
  press(key: Key): boolean {
    if (isCharacter(key)) {
      this.insert(key)
      return true
    }
    const edit = EDITS[key]
    if (!edit) return false
    const { characters, at } = edit(this.#characters, this.#at)
    this.#characters = characters
    this.#at = at
    return true
  }
}

type Edit = (characters: string[], at: number) => { characters: string[]; at: number }

// As in a shell's line (readline's Emacs keys).
const EDITS: Record<Key, Edit> = {
  '<left>': (characters, at) => ({ characters, at: Math.max(0, at - 1) }),
  '<right>': (characters, at) => ({ characters, at: Math.min(characters.length, at + 1) }),
  '<home>': (characters) => ({ characters, at: 0 }),
  '<ctrl-a>': (characters) => ({ characters, at: 0 }),
  '<end>': (characters) => ({ characters, at: characters.length }),
  '<ctrl-e>': (characters) => ({ characters, at: characters.length }),
  '<backspace>': (characters, at) => without(characters, Math.max(0, at - 1), at),
  '<delete>': (characters, at) => without(characters, at, at + 1),
  '<ctrl-k>': (characters, at) => without(characters, at, characters.length),
  '<ctrl-u>': (characters, at) => without(characters, 0, at),
  '<ctrl-w>': (characters, at) => without(characters, startOfWord(characters, at), at),
}

function without(characters: readonly string[], from: number, to: number) {
  return { characters: [...characters.slice(0, from), ...characters.slice(to)], at: from }
}

function startOfWord(characters: readonly string[], at: number): number {
  let start = at
  while (start > 0 && characters[start - 1] === ' ') start--
  while (start > 0 && characters[start - 1] !== ' ') start--
  return start
}

function charactersOf(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment)
}
