import { Buffer } from 'node:buffer'
import { diffBodies, readBody, redact, SecretMarks } from '@latchless/inspector'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const SEED = 20_261_122

const shownOf = (body: string, marks = new SecretMarks()) =>
  Buffer.from(redact(Buffer.from(body), [], marks).body).toString()

/** A value with secrets in it, at some depth and beside something else. */
const planted = fc
  .tuple(fc.jsonValue(), fc.array(fc.string(), { maxLength: 5 }), fc.constantFrom(undefined, 1, '\t'))
  .map(([beside, names, indent]) => {
    const inner: unknown = { password: 'hush "\\\n', note: 'it is Bearer 1hush.abc', n: 1 }
    const value = names.reduce((below, name, at) => (at % 2 === 0 ? { beside, [name]: below } : [beside, below]), inner)
    return JSON.stringify(value, undefined, indent)
  })

test('a secret that was planted anywhere is not shown, whole or in part, and all beside it is as it was', () => {
  fc.assert(
    fc.property(planted, (body) => {
      const shown = shownOf(body)
      expect(shown).not.toContain('hush')
      const open = shown
        .replace('"(not shown)"', () => JSON.stringify('hush "\\\n'))
        .replace('(not shown, no. 2)', '1hush.abc')
      expect(open).toBe(body)
    }),
    { seed: SEED },
  )
})

test('what was cut off anywhere shows no more of its secrets', () => {
  fc.assert(
    fc.property(planted, fc.nat(), (body, at) => {
      const shown = shownOf(body.slice(0, body.length - (at % 40)))
      expect(shown).not.toMatch(/"hush|1hush/)
    }),
    { seed: SEED },
  )
})

const TEXTS = ['a', '', '(not shown)', '(not shown, no. 2)', 'Bearer 1hush.abc', 'x://u:p@h', 'x://u:(not shown)@h']
const text = fc.constantFrom(...TEXTS)
const leaf = fc.oneof(text, fc.constantFrom(1, null, true))
const small = fc.dictionary(fc.constantFrom('password', 'token', 'n', ...TEXTS), fc.oneof(leaf, fc.array(leaf)))

/** Two values of which the second is often the first. */
function pairOf<T>(one: fc.Arbitrary<T>): fc.Arbitrary<readonly [T, T]> {
  return fc.tuple(one, one, fc.boolean()).map(([a, b, isSame]) => [a, isSame ? structuredClone(a) : b])
}

const bodies = fc.oneof(
  pairOf(small).map(([a, b]) => [JSON.stringify(a), JSON.stringify(b)] as const),
  pairOf(fc.array(text).map((lines) => lines.join('\n'))),
)

test('two bodies differ without their secrets exactly where they do with them', () => {
  fc.assert(
    fc.property(bodies, ([from, to]) => {
      const marks = new SecretMarks()
      const compared = (a: string, b: string) => diffBodies(readBody(Buffer.from(a)), readBody(Buffer.from(b)))
      const hidden = compared(shownOf(from, marks), shownOf(to, marks))
      const open = compared(from, to)
      const places = (diff: typeof open) =>
        diff.format === 'structural' ? diff.changes.length : 'lines' in diff && diff.lines.length
      expect(places(hidden)).toBe(places(open))
      expect(JSON.stringify(hidden)).not.toContain('hush')
    }),
    { seed: SEED, numRuns: 500 },
  )
})
