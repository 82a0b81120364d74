import {
  cellsOf,
  cut,
  displayText,
  fit,
  painterOf,
  sliceCells,
  type Role,
  THEME_NAMES,
  withSteadyCells,
} from '@latchless/inspector'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { withoutStyles } from './tui-shell.ts'

const paint = painterOf('default')
const RUNS = { seed: 20_261_121, numRuns: 400 }

/** Text as it gets into a line: of any script, made harmless, some of it styled. */
const shownText = fc
  .array(
    fc.record({
      text: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'grapheme' }),
        fc.string(),
        fc.constantFrom('日本語', '客户', '⚠️', '👍🏽', '👨‍👩‍👧', '🇩🇪', '1️⃣', 'e\u0301', '▶ ─…│', 'ﷺ', 'नमस्ते'),
      ),
      role: fc.option(fc.constantFrom<Role>('heading', 'won', 'selected', 'key')),
    }),
    { maxLength: 8 },
  )
  .map((parts) => parts.map(({ text, role }) => (role ? paint(role, displayText(text)) : displayText(text))).join(''))

test('cellsOf() agrees with the width that string-width measures', () => {
  fc.assert(
    fc.property(shownText, (text) => {
      expect(cellsOf(text)).toBe(stringWidth(text))
    }),
    RUNS,
  )
})

test('cut() is never wider than asked for, and leaves alone what fits', () => {
  fc.assert(
    fc.property(shownText, fc.integer({ min: 0, max: 120 }), (text, cells) => {
      const shown = cut(text, cells)
      expect(stringWidth(shown)).toBeLessThanOrEqual(cells)
      if (cells > 0 && stringWidth(text) <= cells && text.length <= cells * 24) expect(shown).toBe(text)
      else if (cells > 0) expect(withoutStyles(shown)).toMatch(/…$/)
    }),
    RUNS,
  )
})

test('fit() is exactly as wide as asked for, on either side', () => {
  fc.assert(
    fc.property(
      shownText,
      fc.integer({ min: 0, max: 120 }),
      fc.constantFrom('left' as const, 'right' as const),
      (text, cells, align) => {
        expect(stringWidth(fit(text, cells, align))).toBe(cells)
      },
    ),
    RUNS,
  )
})

test('sliceCells() cuts a window out without a control byte of its own', () => {
  fc.assert(
    fc.property(shownText, fc.nat(60), fc.nat(60), (text, start, length) => {
      const slice = sliceCells(text, start, start + length)
      expect(stringWidth(slice)).toBeLessThanOrEqual(length)
      expect(withoutStyles(slice)).not.toMatch(/\p{Cc}/u)
    }),
    RUNS,
  )
})

test('cutting a megabyte costs no more than what is shown of it', () => {
  const huge = 'x'.repeat(1_000_000)
  expect(cut(huge, 20)).toBe(`${'x'.repeat(19)}…`)
  expect(cut('日'.repeat(1_000_000), 20)).toBe(`${'日'.repeat(9)}…`)
})

test('withSteadyCells() keeps the cells and drops what terminals disagree about', () => {
  expect(withSteadyCells('plain')).toBe('plain')
  expect(withSteadyCells('a⚠️b')).toBe('a⚠ b')
  expect(withSteadyCells('👍🏽|')).toBe('👍|')
  fc.assert(
    fc.property(shownText, (text) => {
      const steady = withSteadyCells(text)
      expect(steady).not.toMatch(/\p{Emoji_Modifier}/u)
      expect(stringWidth(steady)).toBe(stringWidth(text))
    }),
    RUNS,
  )
})

test('every theme tells apart what must not be mistaken, without colours in mono', () => {
  const pairs: readonly (readonly [Role, Role])[] = [
    ['won', 'lost'],
    ['added', 'removed'],
    ['added', 'changed'],
    ['removed', 'changed'],
    ['warning', 'error'],
    ['readOnly', 'writable'],
    ['selected', 'heading'],
    ['selected', 'muted'],
    ['selected', 'error'],
  ]
  for (const theme of THEME_NAMES) {
    const look = painterOf(theme)
    for (const [one, other] of pairs)
      expect(look(one, 'x'), `${one} and ${other} in ${theme}`).not.toBe(look(other, 'x'))
  }
  const styles = [
    'heading',
    'muted',
    'key',
    'accent',
    'selected',
    'won',
    'lost',
    'waiting',
    'warning',
    'error',
    'added',
    'removed',
    'changed',
    'readOnly',
    'writable',
  ] as const
  for (const role of styles) expect(painterOf('mono')(role, 'x')).not.toMatch(/\[(?:\d;)*(?:3|4|9|10)\d/)
})

test('themes use the sixteen named colours only, so that every palette stays readable', () => {
  for (const theme of THEME_NAMES) expect(painterOf(theme)('won', 'x')).not.toMatch(/[34]8;/)
})
