/** What a read, or the winner of a lost race, showed of a record. Without a version it was never written. */
export interface SeenHead {
  readonly version?: string | undefined
  readonly writeId?: string | undefined
  readonly live: boolean
  /** A short hash of the body. */
  readonly digest?: string | undefined
}

/** `any`, `absent`, `unwritten`, or the version token that was expected. */
export type Expected = string

export interface StepLine {
  readonly type: 'check' | 'put' | 'delete' | 'append'
  readonly path: string
  readonly expect?: Expected | undefined
  readonly digest?: string | undefined
  /** The names in the bodies of an append. */
  readonly names?: readonly string[] | undefined
}

interface Called {
  /** Unique within a file; the answer carries it as well. */
  readonly id: number
  readonly client: string
  readonly start: number
}

/** Written before the call is made. Without an answer behind it, it may or may not have happened. */
export type CallLine =
  | (Called & {
      readonly type: 'write'
      readonly path: string
      readonly writeId: string
      readonly expect: Expected
      /** Absent for a delete. */
      readonly digest?: string | undefined
      /** The tuple of the index, as JSON. */
      readonly tuple?: string | undefined
      readonly ops?: readonly string[] | undefined
    })
  | (Called & { readonly type: 'transact'; readonly writeId: string; readonly steps: readonly StepLine[] })
  | (Called & { readonly type: 'append'; readonly log: string; readonly names: readonly string[] })
  /** A `casUpdate` as its caller sees it; a repeat has the same op. */
  | (Called & {
      readonly type: 'update'
      readonly path: string
      readonly op: string
      /** It decides to remove the record. */
      readonly removes?: true | undefined
    })

/** What one step of a transact did. */
export type StepAnswer = string | number | null

/**
 * Written after the call answered:
 * - `done`: with what it made (a version, a first sequence number, results of steps, a position in a list).
 * - `nothing`: a delete that found nothing live, or an update that changed nothing.
 * - `lost`: the precondition was lost to `current`.
 * - `unknown`: it may have happened. `refused`: it did not.
 */
export type AnswerLine = { readonly type: 'answer'; readonly id: number; readonly end: number } & (
  | {
      readonly outcome: 'done'
      readonly version?: string | undefined
      readonly first?: number | undefined
      readonly steps?: readonly StepAnswer[] | undefined
      /** Position of an update in its list; absent when it was replayed. */
      readonly position?: number | undefined
    }
  | { readonly outcome: 'nothing' }
  | { readonly outcome: 'lost'; readonly current: SeenHead; readonly step?: number | undefined }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'refused'; readonly code: string }
)

/** Written after the answer; a read that did not answer tells nothing. */
export type ObservationLine =
  | {
      readonly type: 'get'
      readonly client: string
      readonly start: number
      readonly end: number
      readonly path: string
      readonly seen: SeenHead
    }
  /** What the `apply` of an update saw of a register. Without a digest there was nothing live. */
  | {
      readonly type: 'saw'
      readonly client: string
      readonly start: number
      readonly end: number
      readonly path: string
      /** The name in the value, which is the op of the update that wrote it, if an update did. */
      readonly name?: string | undefined
      readonly digest?: string | undefined
    }
  /** What a caller saw in a list: how long it was and what was last. */
  | {
      readonly type: 'list'
      readonly client: string
      readonly start: number
      readonly end: number
      readonly path: string
      readonly length: number
      readonly last?: string | undefined
    }
  /** A page of a log. */
  | {
      readonly type: 'page'
      readonly client: string
      readonly start: number
      readonly end: number
      readonly log: string
      readonly after: number
      readonly limit: number
      readonly sequences: readonly number[]
      readonly names: readonly string[]
    }
  /** Rows of an index: path, version, tuple as JSON. */
  | {
      readonly type: 'rows'
      readonly client: string
      readonly start: number
      readonly end: number
      readonly collection: string
      readonly rows: readonly (readonly [path: string, version: string, tuple: string])[]
    }
  /** The accounts of an epoch, read at one moment. */
  | {
      readonly type: 'sum'
      readonly client: string
      readonly start: number
      readonly end: number
      readonly sum: number
    }

/** A fault of the store that the process met, or an error that no caller should ever see. */
export type NoteLine =
  | { readonly type: 'fault'; readonly kind: string }
  | { readonly type: 'surprise'; readonly client: string; readonly message: string }

export type HistoryLine = CallLine | AnswerLine | ObservationLine | NoteLine
