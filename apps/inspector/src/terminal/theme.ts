/** What a piece of text means. A theme says how it looks; no meaning is in the look alone. */
export type Role =
  | 'heading'
  | 'muted'
  | 'key'
  | 'accent'
  | 'selected'
  | 'won'
  | 'lost'
  | 'waiting'
  | 'warning'
  | 'error'
  | 'added'
  | 'removed'
  | 'changed'
  | 'readOnly'
  | 'writable'

/** Puts the look of a role around text that already went through `displayText`. */
export type Paint = (role: Role, text: string) => string

export const THEME_NAMES = ['default', 'mono', 'high-contrast', 'colour-blind'] as const
export type ThemeName = (typeof THEME_NAMES)[number]

// Select Graphic Rendition parameters (ECMA-48 §8.3.117): the sixteen named colours, bold, dim, inverse, and underline. So
// every terminal's own palette stays readable, light or dark.
const DEFAULT: Record<Role, string> = {
  heading: '1',
  muted: '2',
  key: '36',
  accent: '1;36',
  selected: '7',
  won: '32',
  lost: '31',
  waiting: '33',
  warning: '33',
  error: '1;31',
  added: '32',
  removed: '31',
  changed: '33',
  readOnly: '1;32',
  writable: '1;7;31',
}

const MONO: Record<Role, string> = {
  heading: '1',
  muted: '2',
  key: '1',
  accent: '1',
  selected: '7',
  won: '',
  lost: '1',
  waiting: '2',
  warning: '1',
  error: '1;7',
  added: '1',
  removed: '2',
  changed: '4',
  readOnly: '1',
  writable: '1;7',
}

const HIGH_CONTRAST: Record<Role, string> = {
  ...DEFAULT,
  muted: '',
  key: '1;36',
  won: '1;32',
  lost: '1;31',
  waiting: '1;33',
  warning: '1;33',
  added: '1;32',
  removed: '1;31',
  changed: '1;33',
}

/** Blue and yellow instead of green and red. */
const COLOUR_BLIND: Record<Role, string> = {
  ...DEFAULT,
  won: '94',
  lost: '1;33',
  waiting: '35',
  warning: '1;35',
  error: '1;7;33',
  added: '94',
  removed: '33',
  changed: '35',
  readOnly: '1;94',
  writable: '1;7;33',
}

const THEMES: Record<ThemeName, Record<Role, string>> = {
  default: DEFAULT,
  mono: MONO,
  'high-contrast': HIGH_CONTRAST,
  'colour-blind': COLOUR_BLIND,
}

export function painterOf(theme: ThemeName): Paint {
  const looks = THEMES[theme]
  return (role, text) => (text === '' || looks[role] === '' ? text : `\u001b[${looks[role]}m${text}\u001b[0m`)
}

/** For a stream that takes no styling. */
export const plain: Paint = (_role, text) => text
