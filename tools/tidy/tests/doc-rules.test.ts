// The rules over several files at once, each on a planted drift.
import * as tidy from '@latchless/tidy'
import { describe, expect, test } from 'vitest'

const problems = (findings: tidy.Finding[]) => findings.map(({ problem }) => problem)

const readmeShowing = (shown: string) => ({
  path: 'README.md',
  text: `<!-- example: examples/a.ts -->\n\n\`\`\`ts\n${shown}\`\`\`\n`,
})

const manifest = (entry: unknown) => ({
  path: 'packages/store/package.json',
  text: JSON.stringify({ exports: { '.': entry } }),
})

describe('findStaleExamples()', () => {
  test('reports a block that differs from its file', () => {
    const example = { path: 'examples/a.ts', text: 'run()\n' }
    expect(problems(tidy.findStaleExamples([readmeShowing('walk()\n'), example]))).toEqual([
      'the block differs from examples/a.ts',
    ])
    expect(tidy.findStaleExamples([readmeShowing('run()\n'), example])).toEqual([])
  })

  test('reports a block without a file', () => {
    expect(problems(tidy.findStaleExamples([readmeShowing('run()\n')]))).toEqual([
      'the example examples/a.ts does not exist',
    ])
  })
})

describe('findBrokenLinks()', () => {
  const guide = { path: 'docs/guide.md', text: '# Guide\n\n## First steps, briefly\n' }
  const linking = (target: string) => [guide, { path: 'README.md', text: `See [it](${target}).` }]

  test.each(['docs/missing.md', 'docs/guide.md#second-steps', '../docs/guide.md', '#nowhere'])(
    'reports %s',
    (target) => {
      expect(tidy.findBrokenLinks(linking(target))).toHaveLength(1)
    },
  )

  test.each(['docs/guide.md', 'docs/', 'docs/guide.md#first-steps-briefly', 'https://example.com/x'])(
    'follows %s',
    (target) => {
      expect(tidy.findBrokenLinks(linking(target))).toEqual([])
    },
  )
})

describe('findUndocumentedCodes()', () => {
  const path = 'packages/store/src/errors.ts'
  const errors = (docs: string) => ({
    path,
    text: `/**\n * Why:\n${docs} */\nexport type StoreErrorCode =\n  | 'gone'\n  | 'busy'\n`,
  })
  const readme = { path: 'packages/store/README.md', text: '| `gone` | read again |\n| `busy` | wait |\n' }

  test('reports a code without a line and a code without a row', () => {
    const found = tidy.findUndocumentedCodes([
      errors(' * - `gone`: read again.\n'),
      { ...readme, text: '| `busy` | wait |\n' },
    ])
    expect(problems(found)).toEqual([
      'the code gone has no row in the README',
      'the code busy has no line in the docstring',
    ])
  })

  test('reports a union without a docstring', () => {
    expect(problems(tidy.findUndocumentedCodes([{ path, text: "export type StoreErrorCode = 'gone'\n" }]))).toEqual([
      'StoreErrorCode has no docstring',
    ])
  })

  test('accepts a documented union', () => {
    expect(tidy.findUndocumentedCodes([errors(' * - `gone`: read again.\n * - `busy`: wait.\n'), readme])).toEqual([])
  })
})

describe('findBrokenExports()', () => {
  const source = { path: 'packages/store/src/index.ts', text: '' }
  const good = { '@latchless/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' }

  test.each([
    ['no source', { default: './dist/index.js' }],
    ['a missing source file', { ...good, '@latchless/source': './src/gone.ts' }],
    ['a source that is not first', { types: good.types, '@latchless/source': './src/index.ts', default: good.default }],
    ['a built file elsewhere', { ...good, default: './dist/main.js' }],
    ['types elsewhere', { ...good, types: './dist/main.d.ts' }],
  ])('reports %s', (_, entry) => {
    expect(tidy.findBrokenExports([source, manifest(entry)])).toHaveLength(1)
  })

  test('accepts a mirrored entry', () => {
    expect(tidy.findBrokenExports([source, manifest(good)])).toEqual([])
  })
})

test('findLongGuide() reports a guide that nobody reads to its end', () => {
  expect(tidy.findLongGuide([{ path: 'CLAUDE.md', text: 'x\n'.repeat(101) }])).toHaveLength(1)
  expect(tidy.findLongGuide([{ path: 'CLAUDE.md', text: 'x\n'.repeat(100) }])).toEqual([])
})
