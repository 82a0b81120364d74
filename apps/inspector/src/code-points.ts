const COMBINING = /^\p{M}$/u
const INVISIBLE = /^[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]$/u

/**
 * Whether a terminal, a pager or a reader's eye could be deceived by this code point: C0, DEL and C1 controls, lone
 * surrogates, bidirectional controls, zero-width and other invisible characters, line and paragraph separators, tags.
 * Newline and tab count as unsafe here; who prints several lines lets them through on its own.
 */
export function isUnsafeCodePoint(codePoint: number): boolean {
  if (codePoint < 0x20) return true
  if (codePoint < 0x7f) return false
  if (codePoint < 0xa0) return true
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) return true
  if (isVariationSelector(codePoint)) return false
  // The whole tag block, assigned or not: it spells hidden ASCII.
  if (codePoint >= 0xe0000 && codePoint <= 0xe0fff) return true
  return INVISIBLE.test(String.fromCodePoint(codePoint))
}

/** Whether the code point is drawn onto the one before it. */
export function isCombining(codePoint: number): boolean {
  if (codePoint < 0x300) return false
  return isVariationSelector(codePoint) || COMBINING.test(String.fromCodePoint(codePoint))
}

function isVariationSelector(codePoint: number): boolean {
  return codePoint >= 0xfe00 && codePoint <= 0xfe0f
}

/** `\x1b` or `\u{202e}`: ASCII that says which code point stood here. */
export function visibleEscape(codePoint: number): string {
  const hex = codePoint.toString(16)
  return codePoint <= 0xff ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`
}
