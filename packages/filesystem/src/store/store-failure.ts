import type { Retry } from '../errors.ts'
import { CasUpdateError, FilesystemError } from '../errors.ts'
import type { StoreFailureCode } from './store-error.ts'

/** What a store tells of an error that is not of its own domain. */
export interface StoreFailure {
  readonly code: StoreFailureCode
  /** The end of the sentence `Cannot <operation> "<id>": …`. The error's own message may hold a path, so it is not used. */
  readonly problem: string
  readonly retry: Retry
}

const problems: Readonly<Record<StoreFailureCode, string>> = {
  timeout: 'the filesystem took too long, nothing was written',
  'retries-exhausted': 'every attempt lost to other writers, nothing was written',
  'cas-unsupported': 'its mount cannot compare-and-swap, expected one that can',
  aborted: 'the signal fired, nothing was written',
  overloaded: 'too many updates wait for it already, nothing was written',
  'unknown-outcome': 'no answer came, the write may have landed',
  unavailable: 'the filesystem failed',
  corrupt: 'its stored bytes fail their check',
  'schema-too-new': 'a newer program wrote it',
  'too-large': 'it would exceed a limit of the filesystem',
  denied: 'the view of the filesystem does not permit it',
  closed: 'the filesystem is closed',
  'invalid-argument': 'an argument has the wrong form or is out of range',
}

/** Codes of the filesystem that a store names otherwise; what is in neither table is `unavailable`. */
const renamed: ReadonlyMap<string, StoreFailureCode> = new Map([
  ['conflict', 'retries-exhausted'],
  ['invalid-record', 'invalid-argument'],
])

/** The one place where errors of `casUpdate` and of filesystems become those of stores. */
export function failureOf(error: unknown): StoreFailure {
  const code = codeOf(error)
  return { code, problem: problems[code], retry: retryOf(error) }
}

function codeOf(error: unknown): StoreFailureCode {
  if (error instanceof CasUpdateError && error.code === 'backend') return codeOf(error.cause)
  if (!(error instanceof CasUpdateError || error instanceof FilesystemError)) return 'unavailable'
  return isFailureCode(error.code) ? error.code : (renamed.get(error.code) ?? 'unavailable')
}

function isFailureCode(code: string): code is StoreFailureCode {
  return Object.hasOwn(problems, code)
}

function retryOf(error: unknown): Retry {
  // What threw is not of ours, so nobody can say how far it came.
  return error instanceof CasUpdateError || error instanceof FilesystemError ? error.retry : 'unknown'
}
