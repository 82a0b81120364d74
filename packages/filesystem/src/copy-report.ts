import type { FilesystemError, FilesystemErrorCode } from './errors.ts'

/** How many paths a report names, of each kind. */
export const PATHS_REPORTED_MAX = 100

/** What `copyStore` found and did. */
export interface CopyReport {
  /** Live records below the prefix, in the source. */
  readonly records: number
  /** Bytes of their bodies, conflicts included; refused ones are not counted. */
  readonly bytes: number
  /** Written where the target had nothing. */
  readonly copied: number
  /** The same in both already, as after an interrupted copy. */
  readonly unchanged: number
  /** Written over an earlier copy that nobody had changed in the target, because the source had gone on. */
  readonly updated: number
  /** Written over something else, because `overwrite` was asked for. */
  readonly overwritten: number
  /** Deleted in the source while the copy ran. */
  readonly vanished: number
  /** Something else is in the target, live or deleted; it was left alone. */
  readonly conflicts: number
  /** The first {@link PATHS_REPORTED_MAX} conflicts, among them the logs that were left alone. */
  readonly conflictPaths: readonly string[]
  /** Records and logs that could not be read or that the target cannot take. The others were copied. */
  readonly refused: number
  /** The first {@link PATHS_REPORTED_MAX} of them, and why. */
  readonly refusals: readonly CopyRefusal[]
  /** Without the refused ones. */
  readonly logs: readonly LogCopy[]
  /** Undefined when verification was not asked for, and in a dry run. */
  readonly verification: CopyVerification | undefined
}

/** Why one record or log was not copied. */
export interface CopyRefusal {
  readonly path: string
  readonly code: FilesystemErrorCode
  readonly message: string
}

/** What became of one log. */
export interface LogCopy {
  readonly log: string
  /** Entries appended by this run. */
  readonly entries: number
  /** The last entry that both hold now; 0 for none. */
  readonly last: number
  /**
   * True when the target held other entries, or more, or only entries that the source has trimmed, which may be anybody's. Its
   * log was left alone from there on.
   */
  readonly conflict: boolean
}

/** What reading both sides back showed. */
export interface CopyVerification {
  /** Records that were compared. */
  readonly compared: number
  /** Of these, how many cannot be read or differ: body, kind, schemaVersion, tuples or content type. */
  readonly different: number
  /** Records of the source that the target lacks. */
  readonly missing: number
  /** Records that only the target has. Nobody removes them. */
  readonly extra: number
  /** Entries that were compared, of the logs that are not in conflict; those that either side trimmed are not. */
  readonly entries: number
  /** Of these, how many cannot be read, differ or are missing in the target. */
  readonly entriesDifferent: number
  /** The first {@link PATHS_REPORTED_MAX} records and logs that differ or are missing. */
  readonly paths: readonly string[]
}

export type CopyPhase = 'copy' | 'logs' | 'verify'

/** How far a copy is. */
export interface CopyProgress {
  readonly phase: CopyPhase
  /** Records, or logs, done in this phase. */
  readonly done: number
  /** The path or log that was done last. */
  readonly path: string
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** The report while it is written. */
export type CopyTally = Omit<Mutable<CopyReport>, 'conflictPaths' | 'refusals' | 'logs' | 'verification'> & {
  readonly conflictPaths: string[]
  readonly refusals: CopyRefusal[]
}

export function emptyTally(): CopyTally {
  return {
    records: 0,
    bytes: 0,
    copied: 0,
    unchanged: 0,
    updated: 0,
    overwritten: 0,
    vanished: 0,
    conflicts: 0,
    conflictPaths: [],
    refused: 0,
    refusals: [],
  }
}

/** Keeps the first only, so that a report stays small. */
export function note<T>(noted: T[], item: T): void {
  if (noted.length < PATHS_REPORTED_MAX) noted.push(item)
}

export function noteRefusal(tally: CopyTally, path: string, { code, message }: FilesystemError): void {
  tally.refused++
  note(tally.refusals, { path, code, message })
}
