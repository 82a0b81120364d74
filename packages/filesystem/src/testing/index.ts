export { AppendQueue } from '../append-queue.ts'
export type { SendBatch } from '../append-queue.ts'
export { DiskError } from '../backends/local/disk.ts'
export type { Disk, DiskFile } from '../backends/local/disk.ts'
export { lcasSteps } from '../backends/local/steps.ts'
export type { LcasSteps } from '../backends/local/steps.ts'
export { STATEMENTS as sqliteStatements } from '../backends/sqlite/statements.ts'
export { ChangeFeed } from '../change-feed.ts'
export type { ChangeLog, ChangePage } from '../change-feed.ts'
export { faulty } from '../decorators/faulty.ts'
export { FaultScript } from '../decorators/fault-script.ts'
export type { Fault, FaultRule, HeldCalls } from '../decorators/fault-script.ts'
export { InterceptedFilesystem } from '../decorators/intercepted.ts'
export type {
  Around,
  AroundWatch,
  FilesystemCall,
  InterceptedOptions,
  Operation,
  Proceed,
} from '../decorators/intercepted.ts'
export { latency } from '../decorators/latency.ts'
export type { CallDelay, DelayMs, LatencyOptions } from '../decorators/latency.ts'
export { HistoryRecorder, recordFinal } from './history-recorder.ts'
export type { RecordedFinal, RecordedHistory, RecordedOperation, RecordedVersion } from './recorded-history.ts'
export { seededRandom } from './seeded-random.ts'
export type { SeededRandom } from './seeded-random.ts'
export { createSimulation } from './simulation.ts'
export type { Simulation, SimulationOptions } from './simulation.ts'
export { checkVersions } from './version-checker.ts'
export type { Condition, Violation } from './version-checker.ts'
export { encodeRange } from '../tuple-range.ts'
export type { ByteRange } from '../tuple-range.ts'
export { failureOf as postgresFailure } from '../backends/postgres/failure.ts'
export { statementsOf as postgresStatements } from '../backends/postgres/statements.ts'
