import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConformanceCase, conformanceCases } from '@latchless/filesystem/conformance'
import { afterAll, describe, expect, test } from 'vitest'
import * as mutants from './mutants/index.ts'

const base = await mkdtemp(join(tmpdir(), 'latchless-mutants-'))
afterAll(() => rm(base, { recursive: true, force: true }))

type Mutant = Exclude<keyof typeof mutants, 'Healthy' | 'HealthyLocal'>

/** Each broken backend, and the name of the case that must catch it. */
const caughtBy: Readonly<Record<Mutant, string>> = {
  IgnoresVersion: 'put() on a path present succeeds under exactly the expectations that hold',
  DeletesAnyVersion: 'delete() on a path present succeeds under exactly the expectations that hold',
  TombstoneIsUnwritten: 'put() on a path deleted succeeds under exactly the expectations that hold',
  DeletesTombstones: 'delete() on a path deleted succeeds under exactly the expectations that hold',
  ChecksThenSets: 'Simultaneous increments of one record add up exactly',
  ComparesSequencesOnly: 'A version token of one path is refused at another',
  SharesGeneration: 'Two paths have different generations',
  HidesWinner: 'VersionMismatch carries the winner with its entry',
  RestartsVersions: 'A stale token is refused after delete and recreate with the same body',
  LeavesNoTombstone: 'delete() leaves a tombstone with a version of its own',
  SkipsSequences: 'Versions are dense, and one generation lasts over deletes and recreations',
  ForgetsWriteIds: 'The identical put sent again resolves with the first version and writes nothing',
  RemembersTooFewWriteIds: 'A writeId is remembered over 127 further writes, even without their bodies',
  ForgetsOpIds: 'A head lists the opIds of the last writes, newest first, over a delete',
  KeepsPurged: 'keepVersions 0 purges every superseded version, by put() and by delete()',
  ServesHeadForPruned: 'keepVersions retains exactly that many superseded versions',
  ReversesHistory: 'history() lists the retained versions newest first, the head and tombstones included',
  FoldsCase: 'Paths that differ only in case are different paths',
  NormalisesPaths: 'A hostile path is refused by every operation, and nothing is written',
  IgnoresSegmentBoundary: 'list() stops at the segment boundary of its prefix',
  OrdersByCodeUnits: 'list() orders by the UTF-8 bytes of the whole path, beyond the basic plane too',
  OrdersBySegments: 'list() orders a record before its siblings with lower characters and before what lies below it',
  RepeatsCursor: 'Pages continue strictly behind their cursor, in both directions',
  PagesByOffset: 'Pages neither repeat nor lose a path while others are written and deleted',
  ListsTombstones: 'list() shows tombstones only when asked',
  AliasesReturnedBodies: 'A caller that changes a returned body does not change the store',
  AliasesGivenBodies: 'A caller that changes its body after put() does not change the store',
  CopiesTooLate: 'A caller that changes its body after put() does not change the store',
  DecodesBodies: 'A body comes back byte for byte: empty, every byte value, and a line break at either end',
  DropsTuples: 'kind, schemaVersion, contentType and tuples come back as written',
  AcceptsOneByteMore: 'A body of the limit is stored, and one byte more is refused',
  TakesRecordsWithoutCas: 'What the capabilities deny is refused with unsupported',
  PromisesQueries: 'What the capabilities promise is not refused with unsupported',
  WritesBeforeAbort: 'A signal that fired before the call rejects with aborted, and nothing is written',
  ReadsWhenClosed: 'Every operation after close() throws closed',
  ChecksThenSetsLocal: 'Increments of one record by several processes add up exactly',
  AcknowledgesTooEarly: 'Processes killed in the middle lose no acknowledged write and write none twice',
  LocksOverReadAndWrite: 'A frozen process delays nobody: the others finish while it is frozen',
}

/** The mutants of the local backend; the others are mutants of memory. */
const local = new Set<keyof typeof mutants>([
  'HealthyLocal',
  'ChecksThenSetsLocal',
  'AcknowledgesTooEarly',
  'LocksOverReadAndWrite',
])

function casesOf(name: keyof typeof mutants): readonly ConformanceCase[] {
  const module = new URL('./mutants/index.ts', import.meta.url).href
  return conformanceCases({
    module,
    export: name,
    options: async () => (local.has(name) ? { root: await mkdtemp(join(base, 'store-')), durability: 'process' } : {}),
    crossProcess: local.has(name),
  })
}

function caseOf(name: keyof typeof mutants, wanted: string): ConformanceCase {
  const found = casesOf(name).filter((each) => each.name === wanted)
  expect(found.map((each) => each.name)).toEqual([wanted])
  return found[0] as ConformanceCase
}

describe('the memory backend behind a decorator that changes nothing', () => {
  for (const each of casesOf('Healthy')) test(each.name, () => each.run())
})

describe('a broken backend is caught', () => {
  for (const [name, wanted] of Object.entries(caughtBy) as [Mutant, string][]) {
    test(`${name} by "${wanted}"`, async () => {
      await caseOf(local.has(name) ? 'HealthyLocal' : 'Healthy', wanted).run()
      const failure: unknown = await caseOf(name, wanted)
        .run()
        .then(
          () => undefined,
          (error: unknown) => error,
        )
      // An unexpected refusal is a finding too; a TypeError would mean that the mutant itself does not work.
      expect(failure, 'the case must fail on the broken backend').toBeInstanceOf(Error)
      expect(['AssertionError', 'VersionMismatch']).toContain((failure as Error).name)
    })
  }
})
