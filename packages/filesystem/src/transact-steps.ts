import { checkDeleteExpectation, checkEntry, checkExpectation, checkWriteOptions } from './entry.ts'
import type { Limits, TransactStep, WriteOptions } from './filesystem.ts'
import { checkBodies } from './log.ts'
import { checkPath, ROOT } from './path.ts'
import { invalid, tooLarge } from './refusals.ts'

/**
 * Checks the steps of a `transact` at a filesystem's door: distinct paths, and of each step what its own operation checks.
 *
 * @throws {FilesystemError} `invalid-argument` or `too-large`.
 */
export function checkSteps(steps: readonly TransactStep[], options: WriteOptions, limits: Limits): void {
  if (!Array.isArray(steps) || steps.length === 0) throw invalid('transact', ROOT, 'it takes at least one step')
  if (steps.length > limits.stepsMax) {
    throw tooLarge('transact', ROOT, `${steps.length} steps exceed the limit of ${limits.stepsMax}`)
  }
  checkWriteOptions('transact', ROOT, options, limits)
  const seen = new Set<string>()
  for (const step of steps) {
    checkPath(step.path, 'transact', limits)
    if (seen.has(step.path)) throw invalid('transact', step.path, 'each path may have one step only')
    seen.add(step.path)
    if (step.type === 'put' || step.type === 'check') checkExpectation('transact', step.path, step.expect)
    if (step.type === 'put') checkEntry(step.path, step.entry, limits)
    else if (step.type === 'delete') checkDeleteExpectation(step.path, step.expect)
    else if (step.type === 'append') checkBodies(step.path, step.bodies, limits)
    else if (step.type !== 'check') throw invalid('transact', ROOT, 'a step is a check, put, delete or append')
  }
}
