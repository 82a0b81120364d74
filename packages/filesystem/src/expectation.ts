import type { Expectation, Head } from './filesystem.ts'
import type { Version } from './version.ts'
import { UNVERSIONED } from './version.ts'

/** Whatever is there: a blind overwrite, for administration and backfill. */
export const anything: Expectation = { type: 'any' }

/** No live entry: a tombstone or never written. For callers who did not read. */
export const absent: Expectation = { type: 'absent' }

/** Neither an entry nor a tombstone. */
export const unwritten: Expectation = { type: 'unwritten' }

/** Exactly this version, live or tombstone. */
export function atVersion(version: Version): Expectation {
  return { type: 'version', version }
}

/** The expectation that only exactly this head meets. */
export function exactly(head: Head): Expectation {
  return head.state === 'unwritten' ? unwritten : atVersion(head.version)
}

/** Whether a head meets an expectation. */
export function meets(head: Head, expect: Expectation): boolean {
  switch (expect.type) {
    case 'any':
      return true
    case 'absent':
      return head.state !== 'live'
    case 'unwritten':
      return head.state === 'unwritten'
    case 'version':
      return head.state !== 'unwritten' && head.version === expect.version && head.version !== UNVERSIONED
  }
}
