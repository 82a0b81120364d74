import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What one package's test run came to. */
export interface TestCount {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export interface TestTotals extends TestCount {
  /** Package and run of each report that is missing or ran no test. */
  readonly silent: readonly string[]
}

/** The report of one run, as the shared vitest settings write it. */
export function reportPath(directory: string, run: string): string {
  return join(directory, 'node_modules', '.cache', `test-results.${run}.json`)
}

/** The workspace's package directories: every one that has a manifest. */
export function packageDirectories(root: string): string[] {
  return globSync(['{packages,apps,tools}/*/package.json', 'examples/package.json'], { cwd: root })
    .map((manifest) => join(root, manifest, '..'))
    .toSorted()
}

/**
 * Adds up the reports of all packages for the named runs. A package whose report is missing or without a test is named: a
 * suite that silently ran nothing is not green.
 */
export function totalTests(directories: readonly string[], runs: readonly string[]): TestTotals {
  const silent: string[] = []
  const counts = runs.flatMap((run) =>
    directories.map((directory) => {
      const count = readReport(reportPath(directory, run))
      if (count.passed + count.failed === 0) silent.push(`${directory} (${run})`)
      return count
    }),
  )
  const sum = (pick: (count: TestCount) => number) => counts.reduce((total, count) => total + pick(count), 0)
  return { passed: sum((c) => c.passed), failed: sum((c) => c.failed), skipped: sum((c) => c.skipped), silent }
}

function readReport(file: string): TestCount {
  if (!existsSync(file)) return { passed: 0, failed: 0, skipped: 0 }
  const report = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  const number = (name: string) => (typeof report[name] === 'number' ? report[name] : 0)
  const failed = number('numFailedTests')
  return {
    passed: number('numPassedTests'),
    // A file that fails to load has no failed test of its own, yet it is a failure.
    failed: report['success'] === false ? Math.max(1, failed) : failed,
    skipped: number('numPendingTests') + number('numTodoTests'),
  }
}
