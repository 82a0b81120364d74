/**
 * One press of a key: the character itself (`j`, `G`, `日`, ` `), or a name in angle brackets for what has no character
 * (`<enter>`, `<ctrl-d>`), as a script of keys writes it.
 */
export type Key = string

const NAMES = [
  'enter',
  'escape',
  'tab',
  'shift-tab',
  'up',
  'down',
  'left',
  'right',
  'page-up',
  'page-down',
  'home',
  'end',
  'backspace',
  'delete',
] as const
export type KeyName = (typeof NAMES)[number]

export function named(name: KeyName): Key {
  return `<${name}>`
}

/** Whether it types a character, for a text box. */
export function isCharacter(key: Key): boolean {
  return !(key.length > 1 && key.startsWith('<') && key.endsWith('>'))
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** What one read of a terminal holds when it is text: several presses may have come together. */
export function keysOfText(text: string): Key[] {
  return Array.from(graphemes.segment(text), ({ segment }) => CONTROLS[segment] ?? controlOf(segment)).filter(
    (key) => key !== '',
  )
}

/** The key of a control character, nothing where none makes it: it is never typed. */
function controlOf(character: string): Key {
  const code = character.charCodeAt(0)
  if (code >= 0x20 && (code < 0x7f || code > 0x9f)) return character
  return code >= 1 && code <= 26 ? `<ctrl-${String.fromCharCode(code + 0x60)}>` : ''
}

const CONTROLS: Record<string, Key> = {
  '\r': '<enter>',
  '\n': '<enter>',
  '\r\n': '<enter>',
  '\t': '<tab>',
  '\u001b': '<escape>',
  '\u007f': '<backspace>',
  '\b': '<backspace>',
}

const SCRIPT_KEY = /<(?:[a-z]+(?:-[a-z]+)*)>/y

/**
 * Keys of a script such as `jj<enter>/turns<escape>`.
 *
 * @throws {RangeError} for a name that no key has.
 */
export function parseKeys(script: string): Key[] {
  const keys: Key[] = []
  let at = 0
  while (at < script.length) {
    SCRIPT_KEY.lastIndex = at
    const [name] = SCRIPT_KEY.exec(script) ?? []
    if (name !== undefined) {
      if (!isKnown(name))
        throw new RangeError(`Cannot press ${name}: expected one of ${NAMES.join(', ')} or ctrl-a to ctrl-z`)
      keys.push(name)
      at += name.length
      continue
    }
    const [character = ''] = Array.from(graphemes.segment(script.slice(at, at + 64)), ({ segment }) => segment)
    keys.push(character)
    at += character.length
  }
  return keys
}

function isKnown(key: Key): boolean {
  return (NAMES as readonly string[]).includes(key.slice(1, -1)) || /^<ctrl-[a-z]>$/.test(key)
}
