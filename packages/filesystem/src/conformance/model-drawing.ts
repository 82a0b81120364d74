import { absent, anything, atVersion, unwritten } from '../expectation.ts'
import type { Entry, Expectation, Filesystem, Head, WriteOptions } from '../filesystem.ts'
import { formatVersion, generationOf, sequenceOf } from '../version.ts'
import { record, someWriter, writeIdOf } from './samples.ts'

/** One random operation. It is a function of the store alone, so that two stores can be asked the same. */
export interface ModelStep {
  readonly name: () => string
  readonly run: (filesystem: Filesystem) => Promise<unknown>
}

/** Which operations the store under test has. */
export interface ModelScope {
  readonly versioned: boolean
  readonly history: boolean
  readonly query: boolean
  readonly log: boolean
  readonly transact: boolean
  readonly maintain: boolean
}

export type Pick = <T>(from: readonly T[]) => T

export const nested: readonly string[] = ['/m/a', '/m/a-b', '/m/a/b', '/m/A', '/m/\ue000', '/m/\u{10000}', '/m-n/a']
// Entries of a byte-only backend cannot lie below one another.
export const flat: readonly string[] = nested.filter((path) => path !== '/m/a')

/** Logs, one of which shares its path with a record. */
export const logs: readonly string[] = ['/m/a', '/m/log', '/m/log/below']

export const byteExpectations: readonly ExpectationName[] = ['any', 'absent']
export const allExpectations: readonly ExpectationName[] = [
  'any',
  'absent',
  'unwritten',
  'head',
  'head',
  'head',
  'previous',
  'foreign',
]

/** How an expectation is worked out from the head that a store shows. */
export type ExpectationName = 'any' | 'absent' | 'unwritten' | 'head' | 'previous' | 'foreign'

/** An entry of the nth step, with or without rows in the indexes. */
export function entryOf(n: number, pick: Pick): Entry {
  return pick([
    record({ n }, { by_n: [n % 5, 'x'] }),
    record({ n }, { by_n: [n % 3], by_text: [`${n % 7}`, n % 2 === 0, null] }),
    record({ n }),
  ])
}

export function writeOptions(n: number, pick: Pick, scope: ModelScope): WriteOptions {
  if (!scope.versioned) return {}
  return {
    // Now and then the id of an earlier write comes back, as from a late duplicate.
    writeId: writeIdOf(pick([n, n, n, n, Math.max(0, n - 3)])),
    keepVersions: pick([undefined, 0, 1, 3]),
    writer: someWriter,
    updates: pick([[{}], [{ opId: `op-${n}` }, { writer: someWriter }]]),
  }
}

// Tokens differ between two stores, so an expectation is worked out from the head that each store shows.
export async function expectationAt(name: ExpectationName, filesystem: Filesystem, path: string): Promise<Expectation> {
  switch (name) {
    case 'any':
      return anything
    case 'absent':
      return absent
    case 'unwritten':
      return unwritten
    case 'foreign':
      return unwrittenToken
    case 'head':
    case 'previous':
      return tokenOf(name, await filesystem.get(path))
  }
}

function tokenOf(name: 'head' | 'previous', head: Head): Expectation {
  if (head.state === 'unwritten') return unwrittenToken
  if (name === 'head') return atVersion(head.version)
  const sequence = sequenceOf(head.version)
  return sequence < 2 ? unwrittenToken : atVersion(formatVersion(sequence - 1, generationOf(head.version)))
}

const unwrittenToken: Expectation = atVersion(formatVersion(1, '00000000deadbeef'))
