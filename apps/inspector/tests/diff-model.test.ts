import {
  diffBodies,
  jsonPatch,
  lineDiff,
  parsePathArgument,
  readBody,
  structuralDiff,
  unifiedHunks,
} from '@latchless/inspector'
import { describe, expect, test } from 'vitest'
import { seededRandom } from './seeded-random.ts'

type Step = ReturnType<typeof jsonPatch>[number]

// RFC 6902, as far as these patches use it.
function applyPatch(document: unknown, patch: readonly Step[]): unknown {
  const root = { '': structuredClone(document) } as Record<string, unknown>
  for (const step of patch) {
    const keys = ['', ...step.path.split('/').slice(1)].map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    const last = keys.pop() ?? ''
    let parent: unknown = root
    for (const key of keys) parent = (parent as Record<string, unknown>)[key]
    const value = step.op === 'remove' ? undefined : structuredClone(step.value)
    if (Array.isArray(parent) && step.op === 'add') parent.splice(Number(last), 0, value)
    else if (Array.isArray(parent) && step.op === 'remove') parent.splice(Number(last), 1)
    else if (step.op === 'remove') delete (parent as Record<string, unknown>)[last]
    else (parent as Record<string, unknown>)[last] = value
  }
  return root['']
}

function randomJson(random: (below: number) => number, depth: number): unknown {
  const leaves = [null, true, 'a', '', random(5), 'a/b~c']
  if (depth === 0 || random(3) === 0) return leaves[random(leaves.length)]
  const children = Array.from({ length: random(5) }, () => randomJson(random, depth - 1))
  if (random(2) === 0) return children
  return Object.fromEntries(children.map((child, at) => [['a', 'b/', '~', '', '__proto'][at], child]))
}

describe('structuralDiff()', () => {
  test('names members by JSON Pointer and elements by position', () => {
    const before = { status: 'open', lines: [1, 2, 3], 'a/b': 1, gone: true }
    const after = { status: 'paid', lines: [1, 9, 2, 3], 'a/b': 2 }
    expect(structuralDiff(before, after)).toEqual([
      { op: 'replace', path: '/status', before: 'open', after: 'paid' },
      { op: 'add', path: '/lines/1', after: 9 },
      { op: 'replace', path: '/a~1b', before: 1, after: 2 },
      { op: 'remove', path: '/gone', before: true },
    ])
  })

  test('gives a patch that turns any value into any other', () => {
    const random = seededRandom(6902)
    for (let round = 0; round < 2000; round++) {
      const before = randomJson(random, 4)
      const after = randomJson(random, 4)
      const patch = jsonPatch(structuralDiff(before, after))
      expect(applyPatch(before, patch)).toEqual(after)
      expect(structuralDiff(before, structuredClone(before))).toEqual([])
    }
  })

  test('treats a member called __proto__ as data', () => {
    const before: unknown = JSON.parse('{"__proto__":{"x":1}}')
    expect(structuralDiff(before, {})).toEqual([{ op: 'remove', path: '/__proto__', before: { x: 1 } }])
  })

  test('refuses more changes than anybody reads', () => {
    const many = Array.from({ length: 10_001 }, (_, at) => at)
    expect(() =>
      structuralDiff(
        many,
        many.map((at) => -at - 1),
      ),
    ).toThrow('Cannot compare: there are more than 10000 changes')
  })
})

describe('lineDiff()', () => {
  test('gives both texts back, and the shortest edit', () => {
    const random = seededRandom(1986)
    for (let round = 0; round < 500; round++) {
      const before = Array.from({ length: random(12) }, () => 'abc'.charAt(random(3)))
      const after = Array.from({ length: random(12) }, () => 'abc'.charAt(random(3)))
      const edits = lineDiff(before, after)
      const without = (op: string) => edits.filter((edit) => edit.op !== op).map(({ line }) => line)
      expect(without('added')).toEqual(before)
      expect(without('removed')).toEqual(after)
      expect(edits.filter(({ op }) => op === 'same')).toHaveLength(longestCommon(before, after))
    }
  })

  test('refuses texts that have nothing in common beyond its bound', () => {
    const before = Array.from({ length: 2000 }, (_, at) => `b${at}`)
    const after = Array.from({ length: 2000 }, (_, at) => `a${at}`)
    expect(() => lineDiff(before, after)).toThrow('Cannot compare: more than 1500 lines differ')
  })

  test('is printed as hunks with three lines of context', () => {
    const before = Array.from({ length: 20 }, (_, at) => `${at + 1}`)
    const after = before.with(1, 'two').toSpliced(18, 1)
    const first = ['@@ -1,5 +1,5 @@', ' 1', '-2', '+two', ' 3', ' 4', ' 5']
    const second = ['@@ -16,5 +16,4 @@', ' 16', ' 17', ' 18', '-19', ' 20']
    expect(unifiedHunks(lineDiff(before, after))).toEqual([...first, ...second])
    expect(unifiedHunks(lineDiff([], ['x']))).toEqual(['@@ -0,0 +1 @@', '+x'])
    expect(unifiedHunks(lineDiff(before, before))).toEqual([])
  })
})

function longestCommon(a: readonly string[], b: readonly string[]): number {
  const rows = Array.from({ length: a.length + 1 }, () => Array.from({ length: b.length + 1 }, () => 0))
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const skip = Math.max(rows[i + 1]?.[j] ?? 0, rows[i]?.[j + 1] ?? 0)
      const row = rows[i] ?? []
      row[j] = a[i] === b[j] ? (rows[i + 1]?.[j + 1] ?? 0) + 1 : skip
    }
  }
  return rows[0]?.[0] ?? 0
}

describe('parsePathArgument()', () => {
  test.each([
    ['/a', { path: '/a' }],
    ['/a@7', { path: '/a', version: { sequence: 7 } }],
    ['/a@v7', { path: '/a', version: { sequence: 7 } }],
    ['/a@7.0123456789abcdef', { path: '/a', version: { sequence: 7, token: '7.0123456789abcdef' } }],
    ['/a@head', { path: '/a' }],
    ['/me@example.com', { path: '/me@example.com' }],
    ['/a@7@', { path: '/a@7' }],
    ['/a@0', { path: '/a@0' }],
  ])('reads %s', (argument, expected) => {
    expect(parsePathArgument(argument)).toEqual(expected)
  })
})

describe('readBody()', () => {
  const typeOf = (text: string) => readBody(Buffer.from(text)).type

  test('takes JSON for JSON only when parsing loses nothing', () => {
    expect(typeOf('{"a":1.5,"b":[1e300]}')).toBe('json')
    expect(typeOf('{"id":9007199254740993}')).toBe('text')
    expect(typeOf('1e999')).toBe('text')
  })

  test('takes JSON with a member that is there twice for text, at any depth', () => {
    expect(typeOf('{"a":1,"a":2}')).toBe('text')
    expect(typeOf('[{"x":{"a":{},"b":1,"\\u0061":[]}}]')).toBe('text')
    expect(typeOf('{"a":{"a":[{"a":":"},{"a":null}]},"__proto__":{"b":":"}}')).toBe('json')
  })

  test('takes JSON nested beyond any stack for text', () => {
    expect(typeOf('['.repeat(500_000) + ']'.repeat(500_000))).toBe('text')
  })

  test('takes NUL and invalid UTF-8 for binary', () => {
    expect(typeOf('a\0b')).toBe('binary')
    expect(readBody(Uint8Array.of(0xff, 0xfe)).type).toBe('binary')
  })
})

describe('diffBodies() of texts', () => {
  const linesOf = (from: string, to: string) => {
    const diff = diffBodies(readBody(Buffer.from(from)), readBody(Buffer.from(to)))
    return diff.format === 'unified' ? diff.lines.slice(1) : undefined
  }

  test('tells of a final newline that only one of them has', () => {
    expect(linesOf('hello', 'hello\n')).toEqual([' hello', '-\\ No newline at end'])
    expect(linesOf('hello\n', 'hello')).toEqual([' hello', '+\\ No newline at end'])
    expect(linesOf('hello\n', 'hello\n\n')).toEqual([' hello', '+'])
  })

  test('finds a difference wherever there is one, and only there', () => {
    const random = seededRandom(14)
    const pieces = ['a', '\n', '\n', '\\ No newline at end', ' ']
    const text = () => 'x' + Array.from({ length: random(6) }, () => pieces[random(pieces.length)]).join('')
    for (let round = 0; round < 5000; round++) {
      const [from, to] = [text(), text()]
      expect(linesOf(from, to)?.length === 0, JSON.stringify([from, to])).toBe(from === to)
    }
  })
})
