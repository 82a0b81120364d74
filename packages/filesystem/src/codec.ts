import type { Entry } from './filesystem.ts'

/** Where a value is about to be written. A sealing codec binds both into its ciphertext. */
export interface EncodeTarget {
  readonly path: string
  /** The sequence that the version will have. */
  readonly sequence: number
}

/** How `casUpdate` turns stored bytes into a value and back. `defineRecord` makes the JSON one. */
export interface Codec<T> {
  /** False: each update of such a record is a version of its own. Default true. */
  readonly combine?: boolean | undefined
  /** Superseded bodies that a write by this codec retains; the filesystem's default when absent. */
  readonly keepVersions?: number | undefined

  /**
   * @throws {FilesystemError} `corrupt` when the bytes are not of this codec, `schema-too-new` when a newer program wrote
   * them.
   */
  decode(entry: Entry, path: string): T | Promise<T>

  /**
   * Runs once per attempt, after `apply`; it may use randomness.
   *
   * @throws {FilesystemError} `invalid-record` when the value does not fit.
   */
  encode(value: T, target: EncodeTarget): Entry | Promise<Entry>

  /**
   * Checks a value that another update of the same version may follow, so that only the update at fault fails. Where it is
   * missing, `encode` alone checks, the value of the last one.
   *
   * @throws {FilesystemError} `invalid-record` when the value does not fit.
   */
  check?(value: T): void

  /**
   * Whether two values have one canonical form: a quick answer for updates that are folded. Where it is missing, values are
   * compared deeply.
   */
  isSame?(a: T, b: T): boolean

  /** Whether writing `next` over `stored`, which decoded to `current`, would change nothing a reader can see. */
  isUnchanged(stored: Entry, current: T, next: T): boolean
}
