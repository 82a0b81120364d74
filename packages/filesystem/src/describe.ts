import type { Expectation, Head } from './filesystem.ts'
import { sequenceOf } from './version.ts'

/** An expectation in words, for messages. */
export function describeExpectation(expectation: Expectation): string {
  switch (expectation.type) {
    case 'any':
      return 'anything'
    case 'absent':
      return 'no live record'
    case 'unwritten':
      return 'a path never written'
    case 'version':
      return `version ${sequenceOf(expectation.version)}`
  }
}

/** A head in words, for messages. */
export function describeHead(head: Head): string {
  switch (head.state) {
    case 'live':
      return `version ${sequenceOf(head.version)}`
    case 'deleted':
      return `a tombstone at version ${sequenceOf(head.version)}`
    case 'unwritten':
      return 'a path never written'
  }
}
