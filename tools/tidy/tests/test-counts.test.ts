import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { reportPath, totalTests } from '@latchless/tidy'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'latchless-counts-'))
})
afterEach(() => {
  rmSync(root, { recursive: true })
})

function report(name: string, run: string, content: Record<string, unknown>): string {
  const directory = join(root, name)
  const file = reportPath(directory, run)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, JSON.stringify(content))
  return directory
}

describe('totalTests()', () => {
  test('adds up packages and runs', () => {
    const a = report('a', 'source', { success: true, numPassedTests: 3, numFailedTests: 0, numPendingTests: 1 })
    report('a', 'dist', { success: false, numPassedTests: 2, numFailedTests: 1, numTodoTests: 1 })
    expect(totalTests([a], ['source', 'dist'])).toEqual({ passed: 5, failed: 1, skipped: 2, silent: [] })
  })

  test('counts a file that could not be loaded as a failure', () => {
    const a = report('a', 'source', { success: false, numPassedTests: 3, numFailedTests: 0 })
    expect(totalTests([a], ['source']).failed).toBe(1)
  })

  test('names a package that ran no test and one that left no report', () => {
    const a = report('a', 'source', { success: true, numPassedTests: 0, numFailedTests: 0, numPendingTests: 4 })
    const b = join(root, 'b')
    expect(totalTests([a, b], ['source']).silent).toEqual([`${a} (source)`, `${b} (source)`])
  })
})
