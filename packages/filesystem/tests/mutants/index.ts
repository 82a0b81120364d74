export {
  AcceptsOneByteMore,
  AliasesGivenBodies,
  AliasesReturnedBodies,
  CopiesTooLate,
  DecodesBodies,
  DropsTuples,
  PromisesQueries,
  ReadsWhenClosed,
  TakesRecordsWithoutCas,
  WritesBeforeAbort,
} from './entries.ts'
export { Healthy } from './healthy.ts'
export {
  FoldsCase,
  IgnoresSegmentBoundary,
  ListsTombstones,
  NormalisesPaths,
  OrdersByCodeUnits,
  OrdersBySegments,
  PagesByOffset,
  RepeatsCursor,
} from './listings.ts'
export {
  ChecksThenSets,
  ComparesSequencesOnly,
  DeletesAnyVersion,
  DeletesTombstones,
  HidesWinner,
  IgnoresVersion,
  TombstoneIsUnwritten,
} from './preconditions.ts'
export { AcknowledgesTooEarly, ChecksThenSetsLocal, HealthyLocal, LocksOverReadAndWrite } from './processes.ts'
export {
  ForgetsOpIds,
  ForgetsWriteIds,
  KeepsPurged,
  LeavesNoTombstone,
  RemembersTooFewWriteIds,
  RestartsVersions,
  ReversesHistory,
  ServesHeadForPruned,
  SharesGeneration,
  SkipsSequences,
} from './versions.ts'
