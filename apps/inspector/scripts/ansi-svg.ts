import { stripVTControlCharacters } from 'node:util'
import { cellsOf } from '@latchless/inspector'

const CELL_WIDTH = 8.4
const LINE_HEIGHT = 18
const MARGIN = 12

const COLOURS: Record<number, string> = {
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  34: '#79c0ff',
  35: '#d2a8ff',
  36: '#76e3ea',
  94: '#79c0ff',
}
const FOREGROUND = '#d0d7de'
const BACKGROUND = '#0d1117'
const MUTED = '#8b949e'

interface Style {
  readonly colour: string | undefined
  readonly isBold: boolean
  readonly isDim: boolean
  readonly isInverse: boolean
  readonly isUnderlined: boolean
}

const PLAIN: Style = { colour: undefined, isBold: false, isDim: false, isInverse: false, isUnderlined: false }

/** Draws lines with styles as a picture of a terminal. The same lines make the same bytes. */
export function ansiSvg(lines: readonly string[], columns: number, title: string): string {
  const width = Math.ceil(columns * CELL_WIDTH) + 2 * MARGIN
  const height = lines.length * LINE_HEIGHT + 2 * MARGIN
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="6" fill="${BACKGROUND}"/>`,
    `<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" xml:space="preserve">`,
    ...lines.flatMap((line, row) => lineSvg(line, row)),
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

function lineSvg(line: string, row: number): string[] {
  const drawn: string[] = []
  let column = 0
  let style = PLAIN
  for (const part of line.split('\u001b[')) {
    const [sequence = '', codes] = /^([\d;]*)m/.exec(part) ?? []
    if (codes !== undefined) style = changed(style, codes)
    const run = part.slice(sequence.length)
    drawn.push(...runSvg(run, column, row, style))
    column += cellsOf(run)
  }
  return drawn
}

function runSvg(run: string, column: number, row: number, style: Style): string[] {
  const cells = cellsOf(run)
  const text = stripVTControlCharacters(run)
  if (cells === 0 || (text.trim() === '' && !style.isInverse)) return []
  const x = MARGIN + column * CELL_WIDTH
  const y = MARGIN + row * LINE_HEIGHT
  const colour = style.colour ?? (style.isDim ? MUTED : FOREGROUND)
  const length = fixed(cells * CELL_WIDTH)
  const back = style.isInverse
    ? [`<rect x="${fixed(x)}" y="${y}" width="${length}" height="${LINE_HEIGHT}" fill="${colour}"/>`]
    : []
  const looks = [
    `fill="${style.isInverse ? BACKGROUND : colour}"`,
    ...(style.isBold ? ['font-weight="bold"'] : []),
    ...(style.isUnderlined ? ['text-decoration="underline"'] : []),
  ].join(' ')
  // The length holds every run in its cells, whatever font the reader has.
  return [
    ...back,
    `<text x="${fixed(x)}" y="${y + 13}" textLength="${length}" lengthAdjust="spacingAndGlyphs" ${looks}>${escaped(text)}</text>`,
  ]
}

function changed(style: Style, codes: string): Style {
  let next = style
  for (const code of codes.split(';').map(Number)) {
    if (code === 0) next = PLAIN
    else if (code === 1) next = { ...next, isBold: true }
    else if (code === 2) next = { ...next, isDim: true }
    else if (code === 4) next = { ...next, isUnderlined: true }
    else if (code === 7) next = { ...next, isInverse: true }
    else next = { ...next, colour: COLOURS[code] }
  }
  return next
}

function fixed(length: number): string {
  return length.toFixed(1).replace(/\.0$/, '')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
