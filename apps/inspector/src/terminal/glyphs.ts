/** Marks that carry meaning beside the colours. Each takes one cell, but for those that are read aloud. */
export interface Glyphs {
  readonly won: string
  readonly lost: string
  readonly timeout: string
  readonly selected: string
  readonly marked: string
  readonly warning: string
  readonly ok: string
  readonly failed: string
  readonly skipped: string
  readonly added: string
  readonly removed: string
  readonly changed: string
  readonly inFlight: string
  readonly waiting: string
  readonly cursor: string
  readonly folded: string
  readonly unfolded: string
  readonly separator: string
  readonly ellipsis: string
  readonly horizontal: string
  readonly vertical: string
  readonly gap: string
  readonly live: string
  readonly paused: string
  readonly arrow: string
  /** Parts of a full cell, from one eighth to all. */
  readonly bars: readonly string[]
  /** Heights of a cell, from low to full. */
  readonly heights: readonly string[]
}

export const unicode: Glyphs = {
  won: '◆',
  lost: '✗',
  timeout: 'T',
  selected: '▶',
  marked: '•',
  warning: '▲',
  ok: '✓',
  failed: '✗',
  skipped: '-',
  added: '+',
  removed: '-',
  changed: '~',
  inFlight: '═',
  waiting: '~',
  cursor: '┃',
  folded: '▸',
  unfolded: '▾',
  separator: '▸',
  ellipsis: '…',
  horizontal: '─',
  vertical: '│',
  gap: '┄',
  live: '●',
  paused: '‖',
  arrow: '→',
  bars: ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'],
  heights: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
}

export const ascii: Glyphs = {
  won: '*',
  lost: 'x',
  timeout: 'T',
  selected: '>',
  marked: 'o',
  warning: '!',
  ok: '+',
  failed: 'x',
  skipped: '-',
  added: '+',
  removed: '-',
  changed: '~',
  inFlight: '=',
  waiting: '~',
  cursor: '|',
  folded: '+',
  unfolded: 'v',
  separator: '>',
  ellipsis: '~',
  horizontal: '-',
  vertical: '|',
  gap: '.',
  live: '*',
  paused: '"',
  arrow: '>',
  bars: ['#'],
  heights: ['_', '.', '-', '=', '#'],
}

/** Words instead of marks, for what is read aloud. */
export const spoken: Glyphs = {
  won: 'won',
  lost: 'lost',
  timeout: 'timeout',
  selected: 'selected:',
  marked: 'marked',
  warning: 'warning:',
  ok: 'ok',
  failed: 'failed:',
  skipped: 'skipped',
  added: 'added',
  removed: 'removed',
  changed: 'changed',
  inFlight: '',
  waiting: '',
  cursor: '',
  folded: 'folded',
  unfolded: 'unfolded',
  separator: ',',
  ellipsis: '…',
  horizontal: '',
  vertical: '',
  gap: '',
  live: 'live',
  paused: 'paused',
  arrow: 'to',
  bars: [''],
  heights: [''],
}
