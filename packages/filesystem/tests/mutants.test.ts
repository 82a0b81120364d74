import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConformanceCase, conformanceCases, type StoreOptions } from '@latchless/filesystem/conformance'
import { afterAll, describe, expect, test } from 'vitest'
import * as mutants from './mutants/index.ts'

const base = await mkdtemp(join(tmpdir(), 'latchless-mutants-'))
afterAll(() => rm(base, { recursive: true, force: true }))

type Healthy = 'Healthy' | 'HealthyLocal' | 'HealthySqlite'
type Mutant = Exclude<keyof typeof mutants, Healthy>

/** Each broken backend, and the names of the cases that must catch it. */
const caughtBy: Readonly<Record<Mutant, string | readonly string[]>> = {
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
  GuessesSequences: 'history() and getVersion() of what is no sequence are refused',
  LosesMalformedVersions:
    'A malformed expectation is refused by put(), delete() and transact(), and nothing is written',
  IgnoresListCursor: 'list() from a cursor whose path is malformed is refused',
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
  LocksOverReadAndWrite: [
    'A frozen process delays nobody: the others finish while it is frozen',
    'A process frozen between its read and its write delays nobody, and its write then loses',
  ],
  ChecksThenTransactsSqlite: 'Transfers between accounts by several processes add up, and nobody meets a deadlock',
  WritesTransactsInSteps: 'A process killed while it transacts leaves no half of a transact',
  ServesStaleReads: 'The recorded history of simultaneous random reads and writes is linearizable',
  CachesHeads: 'The recorded history of random reads and writes by several processes is linearizable',
  NumbersFromZero: 'append() numbers entries densely from 1, in order, each log on its own',
  DecodesEntries: 'An entry of a log comes back byte for byte',
  RepeatsLogCursor: 'read() pages strictly behind its cursor and tells whether there is more',
  MixesLogsIntoRecords: 'A log and a record at the same path know nothing of each other',
  HidesTrimming: 'trim() forgets the entries before a number, and reading them is compacted',
  RestartsTrimmedLogs: 'The numbering of a log goes on after everything was trimmed',
  CopiesEntriesTooLate: 'A caller that changes the bodies of an append afterwards does not change the log',
  AppendsNothing: 'A malformed append, read or trim is refused, and the log is as before',
  AppendsAborted: 'An append whose signal fired before the call adds nothing',
  ShowsEntriesOutOfOrder: 'A tailing reader under eight appenders sees every entry exactly once and in order',
  TearsAppendsApart:
    'The entries of one append stay together among simultaneous appends, and each is told its own numbers',
  AppendsBeyondLimit: 'An append of the limit is stored, and one entry or one byte more is refused',
  SkipsToTheEnd: 'A tailing reader under appending processes sees every entry exactly once and in order',
  ForgetsLogsOnClose: 'A reopened log goes on with its numbers, also when all of it was trimmed',
  AcknowledgesAppendsTooEarly:
    'A process killed while it appends loses no acknowledged entry and leaves no half of an append',
  OrdersTuplesAsText: 'query() orders rows by their tuples, elements of all types among each other',
  OrdersRowsByCodeUnits: 'query() takes -0 for 0, and orders equal tuples by the UTF-8 bytes of their paths',
  IncludesUpperBound: 'A range covers the tuples with its prefix, from inclusive and to exclusive',
  QueriesDescendants: 'query() answers for the records directly in the collection, and for one index',
  KeepsOldRows: 'A row moves with its record, and goes with its tuple and with the record',
  IndexesLostPuts: 'A lost put and a lost delete leave the index as it was',
  HidesKindsOfRows: 'A row tells the head of its record, with the body when asked for',
  AnswersMalformedQueries: 'A malformed query is refused',
  PagesQueriesByOffset: 'Pages of a query neither repeat nor lose a row while others are written and deleted',
  NeedsCursorRow: 'A page of a query continues behind a row that has vanished or moved',
  ServesOldHeadsOfRows: 'After random writes the rows of an index are those of the records',
  QueriesBeyondLimit: 'A page of a query of the limit is read, and one row more is refused',
  OmitsEmptyResults: 'transact() puts, deletes, checks and appends, and resolves with one result for each step',
  TransactsWithoutRows: 'transact() moves the index rows of all its steps',
  AppendsBeforeJudging: 'A transact whose first step loses writes nothing at all, and tells which step met what',
  TransactsStepByStep: [
    'A transact whose second step loses writes nothing at all, and tells which step met what',
    'No reader sees one half of a transact without the other',
  ],
  NumbersStepsFromOne: 'A transact whose third step loses writes nothing at all, and tells which step met what',
  JudgesBackwards: 'Of several lost steps of a transact the first is told',
  ChecksTombstonesAsUnwritten: 'A check and a put of a transact meet tombstones as put() does',
  ForgetsTransacts: 'The identical transact sent again resolves with its first results and writes nothing',
  ForgetsTransactedAppends: 'A transact of nothing but an append is recognised when it is sent again',
  TakesTheLastStepOfAPath: 'A malformed transact is refused, and nothing is written',
  CopiesStepsTooLate: 'A caller that changes its bodies after transact() does not change the store',
  TransactsKeepVersions: 'keepVersions of a transact holds for every record that it writes',
  ChecksThenTransacts: [
    'Simultaneous transacts over the same paths in different orders all end, and add up',
    'Of two transacts that read the same heads only one wins, whatever the order of their steps',
  ],
  TransactsBeyondLimit: 'A transact of the limit is done, and one step more is refused',
  TellsThePast: 'watch() tells what is written afterwards, each with its version, and nothing from before',
  TellsVersionsBackwards: 'Of a quick series of versions of a path the last is told, and none behind a later one',
  WatchesByText: 'watch() tells what lies below its prefix, to the segment boundary',
  TellsAppends: 'A lost write, a read and a log are not told',
  TellsFirstStepOnly: 'watch() tells every write of a transact',
  EndsAllWatches: 'Two watches are independent of each other',
  ThrowsWhenAborted: 'The signal of a watch ends it, also while it waits',
  TellsAfterReturn: 'return() ends a watch while its next change is pending',
  EndsQuietlyOnClose: 'close() ends a watch with closed, also while it waits',
  WatchesMalformedPrefixes: 'watch() of a malformed prefix is refused',
  WatchesOwnProcess: 'watch() tells the writes of another process',
  ResumesFromNow: 'A watch that goes on from a cursor tells everything that was written since',
  KnowsItsOwnCursorsOnly: 'A watch goes on from a cursor of another handle and a store that was reopened',
  ForgetsTombstonesInGaps:
    'A cursor that is not of this store yields a gap, then every head, tombstones included, then what is written',
  ListsOnePageInGaps: 'A gap over more records than a page holds tells every one of them',
  SkipsWhatOverflowed: 'A watcher that falls behind what is kept gets a gap and the heads, never silence',
  TellsNoCompaction: 'The tombstone that a watcher sees purged is told as compacted',
  NeverFinishes: 'maintain() removes nothing that is in use, and twice is harmless',
  PurgesAtOnce: 'maintain() leaves a tombstone that is not old enough',
  DrawsTheSameGeneration: 'A tombstone that is purged leaves a path never written, whose old tokens still lose',
  IgnoresMaintainLimit: 'maintain() removes at most its limit and says whether there is more',
  RemovesWhatWasRecreated: 'maintain() beside writers that delete and recreate loses nothing',
  MaintainsWithoutLimit: 'maintain() refuses a limit that is no count',
  HidesLogs: 'What the capabilities deny is refused with unsupported',
  LosesNowAndThen: [
    'Random operations answer as the memory backend does',
    'Random operations answer as a naive model of arrays does',
  ],
}

/** The mutants of the local backend; the others are mutants of memory. */
const local = new Set<keyof typeof mutants>([
  'HealthyLocal',
  'ChecksThenSetsLocal',
  'AcknowledgesTooEarly',
  'LocksOverReadAndWrite',
  'CachesHeads',
  'SkipsToTheEnd',
  'ForgetsLogsOnClose',
  'AcknowledgesAppendsTooEarly',
  'WatchesOwnProcess',
])

/** The mutants of the sqlite backend. */
const sqlite = new Set<keyof typeof mutants>([
  'HealthySqlite',
  'ChecksThenTransactsSqlite',
  'WritesTransactsInSteps',
  'KnowsItsOwnCursorsOnly',
])

function healthyOf(name: Mutant): Healthy {
  if (sqlite.has(name)) return 'HealthySqlite'
  return local.has(name) ? 'HealthyLocal' : 'Healthy'
}

async function optionsOf(name: keyof typeof mutants): Promise<StoreOptions> {
  if (!local.has(name) && !sqlite.has(name)) return {}
  const root = await mkdtemp(join(base, 'store-'))
  return { durability: 'process', ...(local.has(name) ? { root } : { path: join(root, 'store.db') }) }
}

function casesOf(name: keyof typeof mutants): readonly ConformanceCase[] {
  const module = new URL('./mutants/index.ts', import.meta.url).href
  const subject = {
    module,
    export: name,
    options: () => optionsOf(name),
    crossProcess: local.has(name) || sqlite.has(name),
    purgesTombstones: !local.has(name),
  }
  return conformanceCases(subject, { steps: 2000 })
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
  const caught = (Object.entries(caughtBy) as [Mutant, string | readonly string[]][]).flatMap(([name, wanted]) =>
    [wanted].flat().map((each) => [name, each] as const),
  )
  for (const [name, wanted] of caught) {
    test(`${name} by "${wanted}"`, async () => {
      // Those of memory have all been run above.
      if (healthyOf(name) !== 'Healthy') await caseOf(healthyOf(name), wanted).run()
      const failure: unknown = await caseOf(name, wanted)
        .run()
        .then(
          () => undefined,
          (error: unknown) => error,
        )
      // An unexpected refusal is a finding too; a TypeError would mean that the mutant itself does not work.
      expect(failure, 'the case must fail on the broken backend').toBeInstanceOf(Error)
      expect(['AssertionError', 'VersionMismatch', 'FilesystemError']).toContain((failure as Error).name)
    })
  }
})
