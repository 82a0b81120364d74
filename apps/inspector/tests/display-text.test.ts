import { displayText, DisplayTextFilter, jsonText } from '@latchless/inspector'
import { describe, expect, test } from 'vitest'
import { expectHarmless } from './harmless.ts'
import { seededRandom } from './seeded-random.ts'

const ESC = '\u001b'
const BEL = '\u0007'
const ST = `${ESC}\\`

function expectShown(hostile: string, shown: string): void {
  expect(displayText(hostile, { multiline: true })).toBe(shown)
  expectHarmless(displayText(hostile))
  expectHarmless(jsonText(hostile))
  expect(JSON.parse(jsonText(hostile))).toBe(hostile)
}

describe('displayText()', () => {
  test('leaves ordinary text of any script alone', () => {
    const text = 'plain, naïve, 客户, हिन्दी, שלום, é (e\u0301), ⚠️, 100 %'
    expect(displayText(text)).toBe(text)
  })

  test('keeps newline and tab only when asked', () => {
    expect(displayText('a\n\tb', { multiline: true })).toBe('a\n\tb')
    expect(displayText('a\n\tb')).toBe('a\\x0a\\x09b')
  })

  test('doubles a backslash only where it would read as an escape of ours', () => {
    expect(displayText('\\x1b \\u{202e} \\u00e9 \\n C:\\dir \\')).toBe('\\\\x1b \\\\u{202e} \\u00e9 \\n C:\\dir \\')
  })

  test('D1 shows an OSC 52 clipboard write instead of doing it', () => {
    expectShown(`${ESC}]52;c;aGk=${BEL}x`, '\\x1b]52;c;aGk=\\x07x')
    expectShown('\u009d52;c;aGk=\u009cx', '\\x9d52;c;aGk=\\x9cx')
  })

  test('D2 shows a title change and its report', () => {
    expectShown(`${ESC}]0;rm -rf ~${ST}${ESC}[21t`, '\\x1b]0;rm -rf ~\\x1b\\\\x1b[21t')
  })

  test('D3 prints the address of an OSC 8 link and makes no link', () => {
    const link = `${ESC}]8;;http://evil.example${ST}bank${ESC}]8;;${ST}`
    expect(displayText(link)).toContain('http://evil.example')
    expectHarmless(displayText(link))
  })

  test('D4 queries whose answers would be typed into the shell stay text', () => {
    for (const query of ['[6n', '[c', '[>c', '[5n', 'P$qm\u001b\\', 'Z']) expectHarmless(displayText(ESC + query))
    expectShown('\u009b6n', '\\x9b6n')
    expectShown('\u0005', '\\x05')
  })

  test('D5 clearing, alternate screen and cursor moves stay text', () => {
    expectShown(`${ESC}[2J${ESC}[H${ESC}[?1049hApprove?`, '\\x1b[2J\\x1b[H\\x1b[?1049hApprove?')
    expectShown(`${ESC}c`, '\\x1bc')
  })

  test('D6 carriage return and backspace cannot overwrite what was shown', () => {
    expectShown('rm -rf /\rls      ', 'rm -rf /\\x0dls      ')
    expectShown('safe\b\b\b\bevil', 'safe\\x08\\x08\\x08\\x08evil')
  })

  test('D7 the end of a bracketed paste stays text', () => {
    expectShown(`a${ESC}[201~b`, 'a\\x1b[201~b')
  })

  test('D8 bidirectional, zero-width and tag characters are shown by number', () => {
    expectShown('a\u202e\u2066b\u2069\u200fc\u061c', 'a\\u{202e}\\u{2066}b\\u{2069}\\u{200f}c\\u{61c}')
    expectShown('a\u200b\u200d\u2060\ufeff\u00adb', 'a\\u{200b}\\u{200d}\\u{2060}\\u{feff}\\xadb')
    expectShown('\u{e0001}\u{e0041}', '\\u{e0001}\\u{e0041}')
    expectShown('a\u2028b\u2029c', 'a\\u{2028}b\\u{2029}c')
  })

  test('D9 image and file transfer strings stay text', () => {
    expectShown(`${ESC}_Gf=24;AAAA${ST}`, '\\x1b_Gf=24;AAAA\\x1b\\')
    expectShown(`${ESC}]1337;File=:AAAA${BEL}`, '\\x1b]1337;File=:AAAA\\x07')
    expectShown(`${ESC}^pm${ST}${ESC}Xsos${ST}`, '\\x1b^pm\\x1b\\\\x1bXsos\\x1b\\')
  })

  test('D10 text split anywhere is shown as the whole text is', () => {
    const hostile = `a${ESC}]52;c;x\ty${BEL}\\u{1}\\x\u{1f600}\ud800${'\u0301'.repeat(12)}${ESC}P${'q'.repeat(300)}${ST}b\n${ESC}`
    const whole = displayText(hostile, { multiline: true })
    for (let at = 0; at <= hostile.length; at++) {
      const filter = new DisplayTextFilter({ multiline: true })
      expect(filter.write(hostile.slice(0, at)) + filter.write(hostile.slice(at)) + filter.end()).toBe(whole)
    }
    const filter = new DisplayTextFilter({ multiline: true })
    let out = ''
    for (let at = 0; at < hostile.length; at++) out += filter.write(hostile.charAt(at))
    expect(out + filter.end()).toBe(whole)
  })

  test('D11 a huge line is cut where asked, and combining marks are counted instead of printed', () => {
    expect(displayText('x'.repeat(10_000_000), { codePointsMax: 4 })).toBe('xxxx…{+9999996 more}')
    const marks = displayText(`e${'\u0301'.repeat(1_000_000)}!`)
    expect(marks).toBe(`e${'\u0301'.repeat(8)}…{+999992 marks}!`)
    expectHarmless(marks)
  })

  test('D12 a sixel image is cut and stays text', () => {
    const shown = displayText(`${ESC}Pq${'~'.repeat(5000)}${ST}after`)
    expect(shown.startsWith('\\x1bPq~~~')).toBe(true)
    expect(shown).toContain('…{+4745 more}')
    expect(shown.endsWith('after')).toBe(true)
    expectHarmless(shown)
  })

  test('D13 no random text comes out as anything but cells', () => {
    const random = seededRandom(13)
    const pieces = [
      ESC,
      BEL,
      ST,
      '\u009b',
      '\u009d',
      '\u0090',
      '[',
      ']',
      'P',
      ';',
      '0',
      'm',
      '\n',
      '\t',
      '\\',
      'u',
      '{',
      'x',
    ]
    for (let round = 0; round < 3000; round++) {
      let hostile = ''
      for (let length = random(40); length > 0; length--) {
        const piece = pieces[random(pieces.length * 2)]
        hostile += piece ?? String.fromCodePoint(random(2) === 0 ? random(0x300) : random(0x110000))
      }
      expectHarmless(displayText(hostile, { multiline: true }))
      expect(displayText(hostile)).not.toMatch(/[\n\t]/)
      expect(JSON.parse(jsonText(hostile))).toBe(hostile)
      expectHarmless(jsonText(hostile).replace(/\p{M}+/gu, ''))
    }
  })

  test('D15 a tmux passthrough stays text', () => {
    expectShown(`${ESC}Ptmux;${ESC}${ESC}]52;c;eA==${BEL}${ST}`, '\\x1bPtmux;\\x1b\\x1b]52;c;eA==\\x07\\x1b\\')
  })

  test('an unterminated string hides nothing behind the line that it is on', () => {
    expect(displayText(`${ESC}]0;title\nnext`, { multiline: true })).toBe('\\x1b]0;title\nnext')
    expect(displayText(`${ESC}P`, { multiline: true })).toBe('\\x1bP')
  })
})
