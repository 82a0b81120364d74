import { describeExpectation, describeHead } from './describe.ts'
import { FilesystemError } from './errors.ts'
import type { Expectation, Head } from './filesystem.ts'

/**
 * A lost precondition. `current` is the head that the backend saw after losing, so that a retry needs no second read.
 * Nothing was written.
 */
export class VersionMismatch extends FilesystemError {
  static {
    this.prototype.name = 'VersionMismatch'
  }
  readonly expected: Expectation
  readonly current: Head
  /** The index of the step that lost, in a `transact`. */
  readonly step: number | undefined

  constructor(operation: string, path: string, expected: Expectation, current: Head, step?: number) {
    super(
      'conflict',
      `Cannot ${operation} ${JSON.stringify(path)}: expected ${describeExpectation(expected)}, found ${describeHead(current)}`,
      { retry: 'safe', path, operation },
    )
    this.expected = expected
    this.current = current
    this.step = step
  }
}
