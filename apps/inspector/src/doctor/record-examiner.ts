import type { FilesystemError, ListHead } from '@latchless/filesystem'
import type { InspectorError } from '../inspector-error.ts'
import type { KindView } from '../kinds/kind-view.ts'
import type { WalkedVersion } from '../model/walk-versions.ts'
import type { CheckResult } from './check.ts'

/** A record or a tombstone, as every check over records is given it. */
export interface ExaminedRecord {
  readonly path: string
  /** With its entry, where it is live. */
  readonly head: ListHead
  readonly isSealed: boolean
  /** How its kind is read; absent for a kind that no store here has. */
  readonly view: KindView | undefined
  /** The value, where it is of a known kind and fits it. */
  readonly value?: unknown
  /** Why there is none although the kind is known. */
  readonly problem?: unknown
}

/** How much the walk has seen. */
export interface WalkTotals {
  readonly records: number
  readonly tombstones: number
  readonly histories: number
  readonly versions: number
  /** There were more records than were to be looked at. */
  readonly isSample: boolean
  /** What ended the walk before its time. */
  readonly error?: unknown
}

/** What one check gathers during the walk. */
export interface RecordExaminer {
  record?(record: ExaminedRecord): void | Promise<void>
  /** The retained versions, newest first, of records with more than one. */
  history?(record: ExaminedRecord, versions: readonly WalkedVersion[]): void | Promise<void>
  /** Something could not be read. */
  damage?(error: FilesystemError | InspectorError): void
  end(totals: WalkTotals): CheckResult
}
