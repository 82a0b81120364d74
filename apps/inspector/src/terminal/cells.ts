import stringWidth from 'string-width'

/**
 * A character may carry a few marks and surrogates, but not more code units than this: what lies behind can never be in the
 * cells that are shown, and need not be measured.
 */
const UNITS_PER_CELL_MAX = 24

const ESCAPE = 0x1b

/** Cells that a text takes up in a terminal. Styling takes none. */
export function cellsOf(text: string): number {
  return simpleCells(text) ?? stringWidth(text)
}

/** The part of a text within some cells, with its styling. A wide character that does not fit is left out. */
export function sliceCells(text: string, start: number, end: number): string {
  if (end <= start) return ''
  let shown = ''
  let style = ''
  let at = 0
  for (const part of partsOf(text)) {
    if (part.startsWith(ESC)) {
      style = part === RESET ? '' : style + part
      if (shown !== '') shown += part
      continue
    }
    const { slice, cells } = sliceRun(part, start - at, end - at)
    if (slice !== '') shown += (shown === '' ? style : '') + slice
    at += cells
    if (at >= end) break
  }
  return style === '' || shown === '' ? shown : shown + RESET
}

const ESC = '\u001b'
const RESET = '\u001b[0m'

/** The sequences that style a text, and what stands between them. */
function* partsOf(text: string): Generator<string> {
  let from = 0
  for (let at = text.indexOf(ESC); at >= 0; at = text.indexOf(ESC, at + 1)) {
    const end = endOfStyle(text, at)
    if (end === undefined) continue
    if (at > from) yield text.slice(from, at)
    yield text.slice(at, end + 1)
    from = end + 1
  }
  if (from < text.length) yield text.slice(from)
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The same of a text without styling; `cells` are those of the whole, or more than `end`. */
function sliceRun(run: string, start: number, end: number): { slice: string; cells: number } {
  const simple = simpleCells(run)
  if (simple !== undefined) return { slice: run.slice(Math.max(0, start), Math.max(0, end)), cells: simple }
  let slice = ''
  let cells = 0
  for (const { segment } of graphemes.segment(run)) {
    const width = stringWidth(segment)
    if (cells >= start && cells + width <= end) slice += segment
    cells += width
    if (cells > end) break
  }
  return { slice, cells }
}

/** At most so many cells; what was cut ends in `…`. */
export function cut(text: string, cells: number, ellipsis = '…'): string {
  if (cells <= 0) return ''
  const near = text.length > cells * UNITS_PER_CELL_MAX ? sliceUnits(text, cells * UNITS_PER_CELL_MAX) : text
  if (near === text && cellsOf(text) <= cells) return text
  return sliceCells(near, 0, cells - cellsOf(ellipsis)) + ellipsis
}

/** Exactly so many cells: cut, or filled with spaces on the other side than `align`. */
export function fit(text: string, cells: number, align: 'left' | 'right' = 'left', ellipsis = '…'): string {
  if (cells <= 0) return ''
  const shown = cut(text, cells, ellipsis)
  const filler = ' '.repeat(Math.max(0, cells - cellsOf(shown)))
  return align === 'left' ? shown + filler : filler + shown
}

/**
 * The same cells without what terminals disagree about: a variation selector, a skin tone or a keycap makes a character two
 * cells wide in one terminal and one in another, and everything to its right would stand one cell off.
 */
export function withSteadyCells(line: string): string {
  if (!UNSTEADY.test(line)) return line
  return line.replaceAll(UNSTEADY_CLUSTER, (cluster: string, base: string) => {
    return base + ' '.repeat(Math.max(0, stringWidth(cluster) - stringWidth(base)))
  })
}

// Variation selectors, the frame of a keycap, and the tones of a skin.
const UNSTEADY = /\p{Variation_Selector}|\u20e3|\p{Emoji_Modifier}/u
const UNSTEADY_CLUSTER = /(\P{M})(?:\p{Variation_Selector}|\u20e3|\p{Emoji_Modifier})+/gu

// Styled text keeps its escape sequences whole: it is made by us and short.
function sliceUnits(text: string, units: number): string {
  if (!isUnstyled(text)) return text
  const last = text.charCodeAt(units - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? units - 1 : units)
}

function isUnstyled(text: string): boolean {
  return !text.includes(ESC)
}

/**
 * The cells of a text in which every character takes one, which is most of what is shown; undefined for any other. Measuring
 * that is the dearest part of a frame.
 */
function simpleCells(text: string): number | undefined {
  let cells = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === ESCAPE) {
      const end = endOfStyle(text, at)
      if (end === undefined) return undefined
      at = end
    } else if (isSingle(unit)) cells++
    else return undefined
  }
  return cells
}

/** Where a sequence that only styles ends. */
function endOfStyle(text: string, start: number): number | undefined {
  if (text[start + 1] !== '[') return undefined
  let at = start + 2
  while (at < text.length && (text[at] === ';' || isDigit(text.charCodeAt(at)))) at++
  return text[at] === 'm' ? at : undefined
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39
}

// Printable ASCII, Latin letters with accents, and of the marks of our own: the ellipsis, arrows, lines and blocks.
function isSingle(unit: number): boolean {
  if (unit < 0x7f) return unit >= 0x20
  if (unit < 0x300) return unit >= 0xa0 && unit !== 0xad
  return unit === 0x2026 || (unit >= 0x2190 && unit <= 0x2193) || (unit >= 0x2500 && unit <= 0x259f) || unit === 0x25b6
}
