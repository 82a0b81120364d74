import { FilesystemError } from '../../errors.ts'
import type { Runtime } from '../../runtime.ts'
import { BoundedMap } from './bounded-map.ts'
import type { Disk } from './disk.ts'
import { errnoOf } from './disk.ts'
import { corrupt } from './disk-failure.ts'
import { logDirectoryOf, recordDirectoryOf } from './layout.ts'
import type { LcasSteps } from './steps.ts'

const RECORDS_KNOWN_MAX = 4096
const LOGS_KNOWN_MAX = 1024
const DIRECTORIES_KNOWN_MAX = 4096
/** Positions of tailing readers that are remembered per log. */
const LOG_ENDS_KNOWN_MAX = 64

/** A record or a log that exists on disk, with its directories checked. */
export interface Place {
  readonly path: string
  readonly directory: string
  readonly versions: string
  readonly temporaries: string
  /** The newest sequence that this process has seen: a lower bound of the head, used to stamp temporaries. */
  seen: number
}

/** The place of a log, whose version files are its batches. */
export interface LogPlace extends Place {
  /** Last entry → number of its batch, of batches that were read lately: where a tailing reader goes on. */
  readonly ends: BoundedMap<number, number>
}

/** Told about each version of a record that this process has written. */
export type CommitListener = (path: string, sequence: number) => void

/** What was recovered after a power cut under durability `process`. */
export interface TornVersion {
  readonly path: string
  /** Sequence of the newest version, whose file is torn; of a log, the number of its newest batch. */
  readonly lost: number
  /** Sequence that is used instead; 0 when none was left. */
  readonly used: number
  /** Set when it was a batch of the log at the path. */
  readonly log?: true
}

/** What the parts of the protocol share: the disk, the steps, and what this process remembers. */
export class LocalStore {
  readonly disk: Disk
  readonly runtime: Runtime
  readonly steps: LcasSteps
  /** Whether every acknowledged write must survive a power cut. */
  readonly durable: boolean
  readonly onTorn: (torn: TornVersion) => void
  readonly #records = new BoundedMap<string, Place>(RECORDS_KNOWN_MAX)
  readonly #logs = new BoundedMap<string, LogPlace>(LOGS_KNOWN_MAX)
  readonly #listeners = new Set<CommitListener>()
  readonly #directories = new BoundedMap<string, 'present' | 'durable'>(DIRECTORIES_KNOWN_MAX)
  #poison: unknown

  constructor(
    disk: Disk,
    runtime: Runtime,
    steps: LcasSteps,
    durable: boolean,
    onTorn: (torn: TornVersion) => void = () => {},
  ) {
    this.disk = disk
    this.runtime = runtime
    this.steps = steps
    this.durable = durable
    this.onTorn = onTorn
  }

  /** The record at a path, `undefined` when it was never created. Its directories are never removed while in use. */
  async locate(operation: string, path: string): Promise<Place | undefined> {
    const known = this.#records.get(path)
    if (known) return known
    const place = await this.#find(operation, path, recordDirectoryOf(path))
    if (place) this.#records.set(path, place)
    return place
  }

  /** The log at a path, as {@link locate} does for a record. */
  async locateLog(operation: string, path: string): Promise<LogPlace | undefined> {
    const known = this.#logs.get(path)
    if (known) return known
    const place = await this.#find(operation, path, logDirectoryOf(path))
    if (!place) return undefined
    const log = Object.assign(place, { ends: new BoundedMap<number, number>(LOG_ENDS_KNOWN_MAX) })
    this.#logs.set(path, log)
    return log
  }

  async #find(operation: string, path: string, directory: string): Promise<Place | undefined> {
    const place = { path, directory, versions: `${directory}/v`, temporaries: `${directory}/t`, seen: 0 }
    for (const part of [place.versions, place.temporaries]) {
      const found = await this.disk.inspect(part)
      if (found === 'plain') continue
      // The two appear together, by one rename.
      if (found === 'absent' && part === place.versions) return undefined
      throw corrupt(operation, path, `its directory on disk is not one that the store made: ${part} is ${found}`)
    }
    return place
  }

  /** The newest sequences that this process has seen, of the records that it remembers. */
  seenByPath(): ReadonlyMap<string, number> {
    return new Map(Array.from(this.#records.entries(), ([path, { seen }]) => [path, seen]))
  }

  /** Tells of a write of this process. */
  tell(place: Place, sequence: number): void {
    for (const listener of this.#listeners) listener(place.path, sequence)
  }

  listen(listener: CommitListener): void {
    this.#listeners.add(listener)
  }

  unlisten(listener: CommitListener): void {
    this.#listeners.delete(listener)
  }

  /**
   * Fsync of a directory. A failure is final: nobody can tell afterwards what reached the disk, so writing ends here. Where
   * the directory could not even be opened for want of descriptors, no fsync was tried and it may be repeated.
   */
  async syncDirectory(directory: string): Promise<void> {
    try {
      await this.disk.syncDirectory(directory)
    } catch (error) {
      if (!['EMFILE', 'ENFILE'].includes(errnoOf(error) ?? '')) this.#poison = error
      throw error
    }
  }

  /** Makes sure of a directory above records, once per process. Such directories are never removed while in use. */
  async ensureDirectory(operation: string, path: string, directory: string): Promise<void> {
    if (this.#directories.get(directory) !== undefined) return
    try {
      await this.disk.makeDirectory(directory)
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error
      if ((await this.disk.inspect(directory)) !== 'plain') {
        throw corrupt(operation, path, `${directory} is not a directory that the store made`)
      }
    }
    this.#directories.set(directory, 'present')
  }

  /** Makes the entry of `directory` in its parent durable, once per process. */
  async settle(directory: string): Promise<void> {
    if (this.#directories.get(directory) === 'durable') return
    await this.syncDirectory(directory.slice(0, directory.lastIndexOf('/')))
    this.#directories.set(directory, 'durable')
  }

  /** @throws {FilesystemError} `unavailable` when a directory fsync has failed since the store was opened. */
  checkWritable(operation: string, path: string): void {
    if (this.#poison === undefined) return
    throw new FilesystemError(
      'unavailable',
      `Cannot ${operation} ${JSON.stringify(path)}: the store is read-only since an fsync failed; check the device and open it again`,
      { path, operation, retry: 'never', cause: this.#poison },
    )
  }
}
