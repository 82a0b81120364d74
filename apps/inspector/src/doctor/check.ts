import type { Filesystem } from '@latchless/filesystem'
import type { RecordExaminer } from './record-examiner.ts'
import type { Subject } from './subject.ts'

export type CheckStatus = 'ok' | 'warn' | 'fail' | 'skip'

/** One thing that was found. Its text is not escaped yet. */
export interface CheckDetail {
  readonly text: string
  /** The record, where it is one. */
  readonly path?: string | undefined
  readonly version?: number | undefined
}

export interface CheckResult {
  readonly status: CheckStatus
  /** One line, not escaped yet. */
  readonly summary: string
  readonly details: readonly CheckDetail[]
  readonly likelyCause?: string | undefined
  /** Commands that look closer, or help. */
  readonly next: readonly string[]
}

interface CheckHead {
  /** `versions.contiguous`: what it is about, and what of it. */
  readonly id: string
  /** What has to hold. */
  readonly expects: string
}

/** Asks for the store as a whole. */
export interface StoreCheck extends CheckHead {
  readonly over: 'store'
  run(subject: Subject & { readonly store: Filesystem }): Promise<CheckResult>
}

/** Looks at what is around the store, and works without one. */
export interface SurroundingsCheck extends CheckHead {
  readonly over: 'surroundings'
  run(subject: Subject): Promise<CheckResult>
}

/** Looks at every record. All such checks share one walk over the store. */
export interface RecordCheck extends CheckHead {
  readonly over: 'records'
  begin(subject: Subject & { readonly store: Filesystem }): RecordExaminer
}

export type Check = StoreCheck | SurroundingsCheck | RecordCheck

export function ok(summary: string): CheckResult {
  return { status: 'ok', summary, details: [], next: [] }
}

/** It was not checked, and why. */
export function skip(why: string): CheckResult {
  return { status: 'skip', summary: why, details: [], next: [] }
}
