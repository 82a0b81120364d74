import * as tidy from '@latchless/tidy'
import { describe, expect, test } from 'vitest'

const files = tidy.readRepository()

describe('this repository', () => {
  test('is read at all', () => {
    expect(files.map(({ path }) => path)).toContain('packages/filesystem/src/filesystem.ts')
  })

  test.each([
    ['has no long file', tidy.findLongFiles],
    ['has no long function', tidy.findLongFunctions],
    ['has no file named after a drawer', tidy.findBannedNames],
    ['words its errors by the grammar', tidy.findUngrammaticalMessages],
    ['holds no lock around records', tidy.findLocks],
    ['changes what stores hold through StoreRecords only', tidy.findStoreShortcuts],
    ['writes no output from a library', tidy.findOutput],
    ['gives a reason with every suppression', tidy.findBareSuppressions],
    ['stands by itself', tidy.findPrivateReferences],
    ['tests packages by their names', tidy.findSourceImports],
    ['shows examples that run', tidy.findStaleExamples],
    ['links to what exists', tidy.findBrokenLinks],
    ['documents every error code', tidy.findUndocumentedCodes],
    ['names the seed of every drawn value', tidy.findUnseededDraws],
    ['exports what exists', tidy.findBrokenExports],
    ['keeps its guide short', tidy.findLongGuide],
  ])('%s', (_, rule) => {
    expect(tidy.formatFindings(rule(files))).toBe('')
  })
})

test('scripts run on the Node that the repository pins, not on the one of the machine', () => {
  const textOf = (path: string) => files.find((file) => file.path === path)?.text ?? ''
  const manifest = JSON.parse(textOf('package.json')) as { devDependencies: { node: string } }
  const { node } = manifest.devDependencies
  expect(node).toMatch(/^24\./)
  expect(process.version).toBe(`v${node}`)
  expect(textOf('pnpm-workspace.yaml')).toContain(`nodeVersion: ${node}\n`)
})
