import type { Key as InkKey } from 'ink'
import { type Key, keysOfText, named, type KeyName } from '../terminal/key.ts'

const NAMED: readonly (readonly [keyof InkKey, KeyName])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'page-up'],
  ['pageDown', 'page-down'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
]

/**
 * The keys of one input of Ink, which hands over a whole read of the terminal: fast typing comes as `jjj`, and `abc` with the
 * enter key as text with a carriage return in it. Keys without a character, such as F1, come as nothing.
 */
export function keysOfInput(input: string, key: InkKey): Key[] {
  if (key.tab) return [named(key.shift ? 'shift-tab' : 'tab')]
  const [, name] = NAMED.find(([flag]) => key[flag]) ?? []
  if (name !== undefined) return [named(name)]
  if (key.ctrl) return /^[a-z]$/.test(input) ? [`<ctrl-${input}>`] : []
  // Alt is what terminals' own menus use.
  if (key.meta || input === '') return []
  return keysOfText(input)
}
