import type { Key } from '../terminal/key.ts'

/**
 * Something that can be done on a screen. Keys, the line of hints, the help and the palette all come from this one list, so
 * that they never disagree.
 */
export interface Action {
  /** What it does, as the help and the palette say it: `filter by words`. */
  readonly name: string
  readonly keys: readonly Key[]
  /** One word for the line of hints; absent where it is not worth the room. */
  readonly hint?: string
  /** Other words under which the palette finds it. */
  readonly synonyms?: readonly string[]
  /** Why it cannot be done now. It is then listed and refuses with these words. */
  readonly unavailable?: string | undefined
  /** Whether the key can be given a count, as `:12j` does. */
  readonly takesCount?: boolean
  /** `times` is the count, where one was given. */
  run(key: Key, times?: number): void
  /** `goto` of `:goto 1.5s`, where it takes words. */
  readonly command?: ActionCommand
}

export interface ActionCommand {
  readonly word: string
  /** What is expected behind the word: `TIME`, `VERSION VERSION`. */
  readonly argument: string
  /** What is taken without the word in front of it. */
  readonly wordless?: RegExp
  /** @throws {RangeError} with what would be right. */
  take(argument: string): void
}

/** `j/k` for the help and the hints. */
export function keysText(keys: readonly Key[]): string {
  return keys.map(keyText).join('/')
}

function keyText(key: Key): string {
  if (key === ' ') return 'space'
  if (key.length === 1 || !key.startsWith('<')) return key
  const name = key.slice(1, -1)
  return SHORT[name] ?? name.replace(/^ctrl-/, '^')
}

const SHORT: Record<string, string> = {
  escape: 'esc',
  'page-up': 'PgUp',
  'page-down': 'PgDn',
  home: 'Home',
  end: 'End',
}
