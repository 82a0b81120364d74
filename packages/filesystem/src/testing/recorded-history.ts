/**
 * One call that read or wrote a record, as its caller saw it. Times come from one clock that all processes share; their unit
 * does not matter. A write that was surely refused is left out, or given as a read of the head it met.
 */
export interface RecordedOperation {
  /** Who made the call. */
  readonly process: string
  readonly path: string
  /** A delete is a write. */
  readonly type: 'read' | 'write'
  readonly start: number
  /** Absent when no reply came: the call may have happened, at any time from its start on. */
  readonly end?: number | undefined
  /** The sequence that was read (0 for a path never written) or written. Absent when no reply came. */
  readonly sequence?: number | undefined
  /** The write, or what wrote the version that was read. A write that is sent again keeps its writeId. */
  readonly writeId?: string | undefined
}

/** One retained version of a record, read when all work had ended. */
export interface RecordedVersion {
  readonly sequence: number
  readonly writeId: string
  /** A hash of the body. */
  readonly digest?: string | undefined
  /** What the workload wrote into the body about itself. */
  readonly claims?:
    | {
        readonly sequence: number
        /** `digest` of the version that the writer built upon, where that was a live one. */
        readonly previous?: string | undefined
      }
    | undefined
}

/** What a record held when all work had ended. */
export interface RecordedFinal {
  readonly path: string
  /** Sequence of the head; 0 when never written. */
  readonly sequence: number
  /** Retained versions in any order; the more, the more is checked. */
  readonly versions: readonly RecordedVersion[]
  /** The number of each process's writes that the record says it holds (counters that the workload kept in the body). */
  readonly applied?: Readonly<Record<string, number>> | undefined
}

export interface RecordedHistory {
  readonly operations: readonly RecordedOperation[]
  readonly finals: readonly RecordedFinal[]
}
