import { expect } from 'vitest'

// Written from the Unicode charts, on purpose not with the code that it checks.
const DANGEROUS: readonly (readonly [number, number])[] = [
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff9, 0xfffb],
  [0xe0000, 0xe0fff],
]

/** Fails when the text could make a terminal do anything but print cells, newlines and tabs. */
export function expectHarmless(text: string): void {
  const found = Array.from(text, (character) => character.codePointAt(0) ?? 0).filter((codePoint) =>
    DANGEROUS.some(([from, to]) => codePoint >= from && codePoint <= to),
  )
  expect(found.map((codePoint) => codePoint.toString(16))).toEqual([])
  expect(text).not.toMatch(/\p{M}{9,}/u)
}
