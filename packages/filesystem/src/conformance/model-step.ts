import { absent, anything, atVersion, unwritten } from '../expectation.ts'
import type { Expectation, Filesystem, Head, ListOptions, WriteOptions } from '../filesystem.ts'
import { formatVersion, generationOf, sequenceOf } from '../version.ts'
import { record, someWriter, text, writeIdOf } from './samples.ts'

/** One random operation. It is a function of the store alone, so that two stores can be asked the same. */
export interface ModelStep {
  readonly name: string
  readonly run: (filesystem: Filesystem) => Promise<unknown>
}

export interface ModelScope {
  readonly versioned: boolean
  readonly history: boolean
}

const nested = ['/m/a', '/m/a-b', '/m/a/b', '/m/A', '/m/\ue000', '/m/\u{10000}', '/m-n/a']
// Entries of a byte-only backend cannot lie below one another.
const flat = nested.filter((path) => path !== '/m/a')

/** Draws the nth step. */
export function nextStep(random: () => number, n: number, scope: ModelScope): ModelStep {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const path = pick(scope.versioned ? nested : flat)
  const drawn = random()
  if (drawn < 0.45) return putStep(path, n, pick, scope)
  if (drawn < 0.6) return deleteStep(path, n, pick, scope)
  if (drawn < 0.7) return { name: `get ${path}`, run: (filesystem) => filesystem.get(path) }
  if (drawn < 0.85 || !scope.history) return listStep(pick, scope)
  if (drawn < 0.93) {
    const limit = pick([undefined, 1, 3])
    return { name: `history ${path}`, run: (filesystem) => filesystem.history(path, { limit, bodies: true }) }
  }
  const sequence = pick([1, 2, 3, 5, 8, 13, 40])
  return { name: `getVersion ${path} ${sequence}`, run: (filesystem) => filesystem.getVersion(path, sequence) }
}

type Pick = <T>(from: readonly T[]) => T

const byteExpectations = ['any', 'absent'] as const
const allExpectations = ['any', 'absent', 'unwritten', 'head', 'head', 'head', 'previous', 'foreign'] as const

function putStep(path: string, n: number, pick: Pick, scope: ModelScope): ModelStep {
  const expect = pick(scope.versioned ? allExpectations : byteExpectations)
  const entry = scope.versioned && pick([true, false]) ? record({ n }, { by_n: [n % 5, 'x'] }) : text(`body ${n}`)
  const options = writeOptions(n, pick, scope)
  return {
    name: `put ${path} under ${expect}`,
    run: async (filesystem) => filesystem.put(path, entry, expectationOf(expect, await filesystem.get(path)), options),
  }
}

function deleteStep(path: string, n: number, pick: Pick, scope: ModelScope): ModelStep {
  const expect = scope.versioned ? pick(['any', 'head', 'head', 'previous', 'foreign'] as const) : 'any'
  const options = writeOptions(n, pick, scope)
  return {
    name: `delete ${path} under ${expect}`,
    run: async (filesystem) => filesystem.delete(path, expectationOf(expect, await filesystem.get(path)), options),
  }
}

function listStep(pick: Pick, scope: ModelScope): ModelStep {
  const prefix = pick(['/', '/m', '/m/a', '/m-n', '/none'])
  const after = pick([undefined, undefined, '/m/a', '/m/a/b', '/m/zzz'])
  const options: ListOptions = {
    depth: pick(['children', 'descendants']),
    order: pick(['ascending', 'descending']),
    limit: pick([undefined, 1, 2, 100]),
    bodies: pick([true, false]),
    // What a directory of nothing but tombstones shows is left open, so the two are not asked for together.
    deleted: false,
    after: after === undefined ? undefined : { path: after },
  }
  const withDeleted = scope.versioned && options.depth === 'descendants' && pick([true, false])
  const asked = { ...options, deleted: withDeleted }
  return { name: `list ${prefix} ${JSON.stringify(asked)}`, run: (filesystem) => filesystem.list(prefix, asked) }
}

function writeOptions(n: number, pick: Pick, scope: ModelScope): WriteOptions {
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
function expectationOf(name: (typeof allExpectations)[number], head: Head): Expectation {
  switch (name) {
    case 'any':
      return anything
    case 'absent':
      return absent
    case 'unwritten':
      return unwritten
    case 'head':
      return head.state === 'unwritten' ? unwrittenToken : atVersion(head.version)
    case 'previous':
      if (head.state === 'unwritten' || sequenceOf(head.version) < 2) return unwrittenToken
      return atVersion(formatVersion(sequenceOf(head.version) - 1, generationOf(head.version)))
    case 'foreign':
      return unwrittenToken
  }
}

const unwrittenToken: Expectation = atVersion(formatVersion(1, '00000000deadbeef'))
