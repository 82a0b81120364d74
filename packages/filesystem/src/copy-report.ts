/** How many paths a report names, of each kind. */
export const PATHS_REPORTED_MAX = 100

/** What `copyStore` found and did. */
export interface CopyReport {
  /** Live records below the prefix, in the source. */
  readonly records: number
  /** Bytes of their bodies. */
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
  readonly logs: readonly LogCopy[]
  /** Undefined when verification was not asked for, and in a dry run. */
  readonly verification: CopyVerification | undefined
}

/** What became of one log. */
export interface LogCopy {
  readonly log: string
  /** Entries appended by this run. */
  readonly entries: number
  /** The last entry that both hold now; 0 for none. */
  readonly last: number
  /** True when the target held other entries, or more; its log was left alone from there on. */
  readonly conflict: boolean
}

/** What reading both sides back showed. */
export interface CopyVerification {
  /** Records that were compared. */
  readonly compared: number
  /** Of these, how many differ: body, kind, schemaVersion, tuples or content type. */
  readonly different: number
  /** Records of the source that the target lacks. */
  readonly missing: number
  /** Records that only the target has. Nobody removes them. */
  readonly extra: number
  /** The first {@link PATHS_REPORTED_MAX} that differ or are missing. */
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
export type CopyTally = Omit<Mutable<CopyReport>, 'conflictPaths' | 'logs' | 'verification'> & {
  readonly conflictPaths: string[]
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
  }
}

/** Keeps the first paths only, so that a report stays small. */
export function note(paths: string[], path: string): void {
  if (paths.length < PATHS_REPORTED_MAX) paths.push(path)
}
