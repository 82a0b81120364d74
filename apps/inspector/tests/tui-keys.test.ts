import { keysOfText, parseKeys, TextBox } from '@latchless/inspector'
import fc from 'fast-check'
import { expect, test } from 'vitest'

test('keys that were typed in one go are told one by one', () => {
  expect(keysOfText('jjjj')).toEqual(['j', 'j', 'j', 'j'])
  expect(keysOfText('abc\r')).toEqual(['a', 'b', 'c', '<enter>'])
  expect(keysOfText('日本👍🏽e\u0301')).toEqual(['日', '本', '👍🏽', 'e\u0301'])
  expect(keysOfText('\u0004j\t\u007f')).toEqual(['<ctrl-d>', 'j', '<tab>', '<backspace>'])
})

test('a control byte never becomes a character that is typed', () => {
  expect(keysOfText('\u0000\u009b\u001c')).toEqual([])
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(keysOfText(text).join('')).not.toMatch(/\p{Cc}/u)
    }),
    { seed: 7, numRuns: 300 },
  )
})

test('a script of keys names keys without a character, and refuses a name that no key has', () => {
  expect(parseKeys('j<enter>/a b<escape><ctrl-d>')).toEqual([
    'j',
    '<enter>',
    '/',
    'a',
    ' ',
    'b',
    '<escape>',
    '<ctrl-d>',
  ])
  expect(parseKeys('a<b')).toEqual(['a', '<', 'b'])
  expect(() => parseKeys('<return>')).toThrow('Cannot press <return>: expected one of enter, escape')
})

test('a text box edits as the line of a shell does', () => {
  const box = new TextBox('alpha beta')
  for (const key of ['<ctrl-w>', 'g', 'o', '<ctrl-a>', '<delete>', 'A', '<end>', '!']) expect(box.press(key)).toBe(true)
  expect(box.text).toBe('Alpha go!')
  box.press('<home>')
  box.press('<ctrl-k>')
  expect(box.text).toBe('')
  expect(box.press('<page-up>')).toBe(false)
})

test('a text box puts together what an input method sends in parts', () => {
  const box = new TextBox()
  for (const part of ['e', '\u0301', '👍', '🏽']) box.insert(part)
  box.press('<backspace>')
  expect(box.text).toBe('e\u0301')
  box.press('<backspace>')
  expect(box.text).toBe('')
})

test('a text box takes a line of text and no more of a paste', () => {
  const box = new TextBox()
  box.insert(`a\n\tb${'x'.repeat(1_000_000)}`)
  expect(box.text).toMatch(/^a bx/)
  expect(box.text.length).toBeLessThanOrEqual(4096)
})

test('a text box never loses its place, whatever is pressed', () => {
  const key = fc.constantFrom(
    '<left>',
    '<right>',
    '<home>',
    '<end>',
    '<backspace>',
    '<delete>',
    '<ctrl-w>',
    '<ctrl-k>',
    '<ctrl-u>',
    'x',
    ' ',
    '日',
    '\u0301',
  )
  fc.assert(
    fc.property(fc.array(key, { maxLength: 60 }), (keys) => {
      const box = new TextBox()
      for (const pressed of keys) {
        box.press(pressed)
        expect(box.sides.join('')).toBe(box.text)
      }
    }),
    { seed: 7, numRuns: 300 },
  )
})
