// A rule that cannot fail is no rule: each one here meets a planted violation, and its nearest innocent neighbour.
import * as tidy from '@latchless/tidy'
import { describe, expect, test } from 'vitest'

const library = 'packages/store/src/store.ts'
const lines = (count: number) => Array.from({ length: count }, (_, index) => `  step(${index})`).join('\n')
const check = (rule: (files: readonly tidy.TextFile[]) => tidy.Finding[], text: string, path = library) =>
  rule([{ path, text }]).map(({ line, problem }) => `${line}: ${problem}`)

describe('findLongFiles()', () => {
  test('reports one line too many', () => {
    expect(check(tidy.findLongFiles, `${lines(401)}\n`)).toEqual([expect.stringContaining('401 lines')])
    expect(check(tidy.findLongFiles, `${lines(400)}\n`)).toEqual([])
  })
})

describe('findLongFunctions()', () => {
  test.each([
    ['a function', 'function run(a: number) {'],
    ['a return type', 'function run(a: number): Promise<void> {'],
    ['an object type', 'function run(): { a: number } {'],
    ['an arrow', 'const run = async (a: number): Promise<void> => {'],
    ['a method', '  async #run<T>(a: T) {'],
    ['a parameter list over lines', 'function run(\n  a: number,\n): void {'],
    ['a test', "test('runs', async () => {"],
  ])('reports %s', (_, opening) => {
    expect(check(tidy.findLongFunctions, `${opening}\n${lines(69)}\n}`)).toEqual([expect.stringContaining('71 lines')])
    expect(check(tidy.findLongFunctions, `${opening}\n${lines(68)}\n}`)).toEqual([])
  })

  test.each([
    ['a class', 'class Store {'],
    ['an object', 'const table = {'],
    ['a loop', 'for (const step of steps()) {'],
    ['a describe', "describe('Store', () => {"],
    ['a template', 'const text = `=> {'],
  ])('lets %s be long', (_, opening) => {
    expect(check(tidy.findLongFunctions, `${opening}\n${lines(90)}\n}`)).toEqual([])
  })
})

describe('findBannedNames()', () => {
  test.each(['packages/store/src/utils.ts', 'packages/store/tests/helpers.test.ts', 'apps/x/src/common/a.tsx'])(
    'reports %s',
    (path) => {
      expect(check(tidy.findBannedNames, '', path)).toHaveLength(1)
    },
  )

  test('lets a name hold such a word', () => {
    expect(check(tidy.findBannedNames, '', 'packages/store/src/record-types.ts')).toEqual([])
  })
})

describe('findUngrammaticalMessages()', () => {
  test.each([
    ["throw new TypeError('bad value')", 'starts with "Cannot "'],
    ["throw new FilesystemError('closed', `Cannot get ${path}: it is closed.`, { path })", 'no final period'],
    ["throw new CasUpdateError('timeout', \"Cannot update: it didn't answer\", details)", 'no contraction'],
    ["throw new FilesystemError(\n  'closed',\n  'closed',\n)", 'starts with "Cannot "'],
  ])('reports %s', (text, problem) => {
    expect(check(tidy.findUngrammaticalMessages, text)).toEqual([expect.stringContaining(problem)])
  })

  test('accepts the grammar and leaves variables alone', () => {
    const text = "throw new RangeError(`Cannot read ${path}: it is gone`)\nthrow new FilesystemError('closed', message)"
    expect(check(tidy.findUngrammaticalMessages, text)).toEqual([])
  })
})

describe('findLocks()', () => {
  test.each([
    'const mutex = new Mutex()',
    'await semaphore.wait()',
    'await withLock(path, run)',
    'navigator.locks',
    "import { take } from 'async-mutex'",
  ])('reports %s', (text) => {
    expect(check(tidy.findLocks, text)).not.toEqual([])
  })

  test.each([
    '// A mutex would park every writer.',
    'lockFile(path)',
    'const block = blocked',
    "const note = 'no lock'",
  ])('lets %s be', (text) => {
    expect(check(tidy.findLocks, text)).toEqual([])
  })
})

describe('findStoreShortcuts()', () => {
  test.each([
    "import { casUpdate } from '@latchless/filesystem'",
    'await casUpdate(filesystem, path, Budget, apply)',
    'await filesystem.put(path, entry, exactly(head))',
    'await this.#filesystem\n  .put(path, entry, absent)',
    'await filesystem.delete(path, anything)',
    "await filesystem.delete(path, { type: 'any' })",
    "import { Mutex } from 'async-mutex'",
    "import PQueue from 'p-queue'",
    "const limit = await import('p-limit')",
  ])('reports %s', (text) => {
    expect(check(tidy.findStoreShortcuts, text)).not.toEqual([])
  })

  test.each([
    '// casUpdate would take anything.',
    'await this.#records.update(act, path, Budget, apply)',
    'await filesystem.delete(path, exactly(head))',
    'this.#open.delete(id)',
    "import { readQueue } from './approval-queue.ts'",
  ])('lets %s be', (text) => {
    expect(check(tidy.findStoreShortcuts, text)).toEqual([])
  })

  test('is about stores, not about the core', () => {
    const text = 'await filesystem.put(path, entry, anything)'
    expect(check(tidy.findStoreShortcuts, text, 'packages/filesystem/src/probe.ts')).toEqual([])
    expect(check(tidy.findStoreShortcuts, text, 'packages/store/tests/store.test.ts')).toEqual([])
  })
})

describe('findOutput()', () => {
  test('reports the console and the standard streams of a library only', () => {
    expect(check(tidy.findOutput, "console.log('x')\nprocess.stderr.write('x')")).toHaveLength(2)
    expect(check(tidy.findOutput, "console.log('x')", 'tools/demo/src/main.ts')).toEqual([])
    expect(check(tidy.findOutput, '// console.log is for others')).toEqual([])
  })
})

describe('findBareSuppressions()', () => {
  test.each([
    '// oxlint-disable-next-line no-console',
    '/* oxlint-disable */',
    '// oxlint-disable-next-line -- because it is so',
    '// @ts-ignore because it is so',
    '// @ts-expect-error',
    '// @boundaries-ignore',
  ])('reports %s', (text) => {
    expect(check(tidy.findBareSuppressions, text)).toHaveLength(1)
  })

  test('accepts a rule with a reason', () => {
    const text =
      '// oxlint-disable-next-line no-console -- the command line prints\n// @ts-expect-error: the call is wrong on purpose'
    expect(check(tidy.findBareSuppressions, text)).toEqual([])
  })
})

test('findUnseededDraws() reports a property without a seed', () => {
  const path = 'packages/store/tests/store.test.ts'
  const source = (settings: string) => `test('holds', () => {\n  fc.assert(fc.property(fc.nat(), holds)${settings})\n})`
  expect(check(tidy.findUnseededDraws, source(''), path)).toEqual([expect.stringMatching(/^2: /)])
  expect(check(tidy.findUnseededDraws, source(', { numRuns: 9 }'), path)).toHaveLength(1)
  expect(check(tidy.findUnseededDraws, source(', { seed: 1 }'), path)).toEqual([])
})

describe('findPrivateReferences()', () => {
  // Cut in two, so that this file does not hold what it plants.
  test.each([
    ['See ../sh', 'ared/design.md'],
    ['Done in iss', 'ue 7'],
    ['from regi', 'stry.example.com'],
    ['tarball: ht', 'tps://x/y.tgz'],
  ])('reports %s%s', (start, end) => {
    expect(check(tidy.findPrivateReferences, start + end, 'README.md')).not.toEqual([])
  })

  test('lets shared state be', () => {
    expect(check(tidy.findPrivateReferences, 'shared/exclusive, issues, registry of plugins', 'README.md')).toEqual([])
  })
})

describe('findSourceImports()', () => {
  test('reports a test that reaches into src', () => {
    const path = 'packages/store/tests/store.test.ts'
    expect(check(tidy.findSourceImports, ["import { x } from '..", "/src/store.ts'"].join(''), path)).toHaveLength(1)
    expect(check(tidy.findSourceImports, "import { x } from '@latchless/store'", path)).toEqual([])
  })
})

test('mask() keeps offsets and tells code, comments and text apart', () => {
  const source = 'a("b{") // c {\nconst d = /[/{]/ ; e = `f ${g({ h: "{" })} {` / 2 /* { */'
  const { code, comments } = tidy.mask(source)
  expect(code).toBe('a("  ")       \nconst d = /    / ; e = `  ${g({ h: " " })}  ` / 2        ')
  expect(comments).toHaveLength(source.length)
  expect(comments.trim().replaceAll(/\s+/g, ' ')).toBe('// c { /* { */')
})
