/** How much a resolved write has survived: nothing, the death of the process, or the loss of power. */
export type Durability = 'memory' | 'process' | 'disk'

export interface Capabilities {
  /** Name of the backend behind the path. */
  readonly backend: string
  /** Compare-and-swap over several records, one record, or none. `unknown` counts as none. */
  readonly cas: 'records' | 'record' | 'none' | 'unknown'
  /** `VersionMismatch.current` costs no second round trip. */
  readonly fusedConflict: boolean
  /** `put` takes the expectation `any`, outside and inside of `transact`. Where it does not, it answers `unsupported`. */
  readonly blindWrites: boolean
  /** Other processes can open the same store. */
  readonly crossProcess: boolean
  readonly durability: Durability
  readonly history: boolean
  readonly query: 'index' | 'scan' | 'none'
  readonly log: boolean
  readonly transact: boolean
  readonly watch: boolean
  readonly maintain: boolean
  readonly limits: Limits
}

export interface Limits {
  readonly pathBytesMax: number
  readonly segmentBytesMax: number
  readonly bodyBytesMax: number
  readonly pageSizeMax: number
  readonly keepVersionsMax: number
  /** Indexes in which one record may have a row. */
  readonly tuplesMax: number
  /** Elements of one tuple. */
  readonly tupleElementsMax: number
  /** Bytes of one encoded tuple. */
  readonly tupleBytesMax: number
  /** Updates that one write may fold. */
  readonly updatesMax: number
  /** Entries of one append. */
  readonly appendEntriesMax: number
  /** Steps of one `transact`. */
  readonly stepsMax: number
  /** Last changes that are kept for watchers. Who falls further behind gets a `gap`. */
  readonly watchBufferMax: number
}

export const DEFAULT_LIMITS: Limits = {
  pathBytesMax: 1024,
  segmentBytesMax: 240,
  bodyBytesMax: 1024 * 1024,
  pageSizeMax: 1000,
  keepVersionsMax: 1000,
  tuplesMax: 16,
  tupleElementsMax: 8,
  tupleBytesMax: 1024,
  updatesMax: 256,
  appendEntriesMax: 1000,
  stepsMax: 100,
  watchBufferMax: 10_000,
}
