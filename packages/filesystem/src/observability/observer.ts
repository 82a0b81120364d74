import type { Operation } from '../decorators/intercepted.ts'
import type { FilesystemErrorCode } from '../errors.ts'
import type { AttemptOutcome, WaitReason } from '../trace-event.ts'

/** What is observed: the operations that answer with a promise, and `watch`, which lasts as long as its iteration. */
export type ObservedOperation = Operation | 'watch'

/** `ok`, the code of the error, or `error` for one that latchless did not throw. */
export type OperationOutcome = 'ok' | 'error' | FilesystemErrorCode

/** One operation that has ended. */
export interface OperationEvent {
  readonly operation: ObservedOperation
  readonly outcome: OperationOutcome
  readonly seconds: number
  /** Bytes of the bodies that it returned. */
  readonly bytesRead: number
  /** Bytes of the bodies that it wrote; 0 when it failed. */
  readonly bytesWritten: number
}

/** One `casUpdate` that has ended. */
export interface UpdateEvent {
  /** `ok`, `noop`, `replayed`, the code of a `CasUpdateError`, or `error`. */
  readonly outcome: string
  readonly seconds: number
  /** Writes that it attempted. */
  readonly attempts: number
}

/**
 * Told of what happens in filesystems and updates; a sink of measurements. Nothing it is told has a path, a kind or a body
 * in it. It must return at once and must not throw.
 */
export interface Observer {
  operationStarted(operation: ObservedOperation): void
  operationEnded(event: OperationEvent): void
  /** An attempt of `casUpdate` to write. */
  attemptEnded(outcome: AttemptOutcome): void
  updateWaited(why: WaitReason, seconds: number): void
  updateEnded(event: UpdateEvent): void
}
