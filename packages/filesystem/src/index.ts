// The contract, and what its words are made of.
export * from './filesystem.ts'
export { CasUpdateError, CompactedError, FilesystemError, LatchlessError } from './errors.ts'
export type { CasUpdateErrorCode, FilesystemErrorCode, Retry } from './errors.ts'
export { absent, anything, atVersion, exactly, meets, unwritten } from './expectation.ts'
export { checkPath, comparePaths, isBelow, parentOf } from './path.ts'
export { unsupported } from './refusals.ts'
export { systemRuntime } from './runtime.ts'
export type { Runtime } from './runtime.ts'
export { compareTuples, decodeTuple, encodeTuple } from './tuple.ts'
export { VersionMismatch } from './version-mismatch.ts'
export { formatVersion, generationOf, nextVersion, parseVersion, sequenceOf, UNVERSIONED } from './version.ts'
export type { Version } from './version.ts'
export { processWriter } from './writer.ts'

// Records and their updates.
export { casUpdate } from './cas-update.ts'
export type { Codec, EncodeTarget } from './codec.ts'
export { forceWrite, noop, remove, write } from './decision.ts'
export type { Decision } from './decision.ts'
export { FAILURES_LISTED_MAX, rebuildIndex } from './rebuild-index.ts'
export type { RebuildReport } from './rebuild-index.ts'
export { defineRecord, JSON_CONTENT_TYPE } from './record-type.ts'
export type { RecordDefinition, RecordType } from './record-type.ts'
export { ATTEMPTS_MAX_DEFAULT, COMBINED_ATTEMPTS_MAX_DEFAULT, TIMEOUT_MS_DEFAULT } from './update-options.ts'
export type { CasUpdateOptions, CasUpdateResult } from './update-options.ts'

// Backends.
export { LocalFilesystem } from './backends/local/local-filesystem.ts'
export type { LocalInternals, LocalOptions } from './backends/local/local-filesystem.ts'
export type { TornVersion } from './backends/local/store.ts'
export { MemoryFilesystem } from './backends/memory/memory-filesystem.ts'
export type { MemoryOptions } from './backends/memory/memory-filesystem.ts'
export { PLAIN_CONTENT_TYPE, PLAIN_WRITE_ID, PlainFilesystem } from './backends/plain.ts'
export type { PlainOptions } from './backends/plain.ts'
export { BUSY_TIMEOUT_MS_DEFAULT, SqliteFilesystem } from './backends/sqlite/sqlite-filesystem.ts'
export type { SqliteInternals, SqliteOptions } from './backends/sqlite/sqlite-filesystem.ts'
export { openFilesystem } from './open.ts'
export type { OpenOptions } from './open.ts'

// Around a filesystem.
export { encrypted, ENCRYPTED_APPEND_ENTRIES_MAX } from './decorators/encrypted.ts'
export type { EncryptedOptions } from './decorators/encrypted.ts'
export { mountTable } from './mount-table.ts'
export type { Mount } from './mount-table.ts'
export { MountRefused } from './mount-requirements.ts'
export type { MissingCapability, MountRequirements } from './mount-requirements.ts'
export { probe } from './probe.ts'
export type { ProbeCheck, ProbeCheckName, ProbeOptions, ProbeReport } from './probe.ts'
export { replacing } from './replacing.ts'
export { scoped } from './scoped.ts'
export type { Grant, Permission } from './scoped.ts'
export { isSealed, SEAL_OVERHEAD_BYTES } from './sealing/envelope.ts'
export { Keyring } from './sealing/keyring.ts'
export type { KeyringOptions } from './sealing/keyring.ts'
export type { SealContext } from './sealing/seal-context.ts'

// Moving a store.
export { PATHS_REPORTED_MAX } from './copy-report.ts'
export type { CopyPhase, CopyProgress, CopyRefusal, CopyReport, CopyVerification, LogCopy } from './copy-report.ts'
export { COPY_CONCURRENCY_DEFAULT, copyStore } from './copy-store.ts'
export type { CopyOptions } from './copy-store.ts'

// What every store is made of.
export { fingerprint, FINGERPRINT_DEPTH_MAX } from './store/fingerprint.ts'
export { actPhrase, StoreError } from './store/store-error.ts'
export type { StoreAct, StoreErrorDetails, StoreErrorJson, StoreFailureCode } from './store/store-error.ts'
export type { StoreOptions } from './store/store-options.ts'
export { STORE_PAGE_SIZE_DEFAULT, STORE_PAGE_SIZE_MAX } from './store/store-page.ts'
export type { StorePage, StorePageOptions } from './store/store-page.ts'
export { StoreRecords } from './store/store-records.ts'
export type { StoreSettings } from './store/store-records.ts'

// Seeing what happens.
export { DURATION_BUCKETS_SECONDS, Metrics } from './observability/metrics.ts'
export type { MetricsOptions } from './observability/metrics.ts'
export { observed } from './observability/observed.ts'
export type { ObservedOptions } from './observability/observed.ts'
export { observeUpdates } from './observability/observe-updates.ts'
export type {
  ObservedOperation,
  Observer,
  OperationEvent,
  OperationOutcome,
  UpdateEvent,
} from './observability/observer.ts'
export { PROMETHEUS_CONTENT_TYPE, prometheusText } from './observability/prometheus-text.ts'
export type {
  HistogramSeries,
  MetricFamily,
  MetricLabels,
  MetricsSnapshot,
  NumberSeries,
} from './observability/snapshot.ts'
export { recordTrace } from './trace.ts'
export type { TraceOptions, TraceRecorder } from './trace.ts'
export { traceChannel, writerName } from './trace-event.ts'
export type { AttemptOutcome, TraceEvent, WaitReason } from './trace-event.ts'
