import type { Filesystem } from '@latchless/filesystem'
import { type ListedRow, rowOfHead } from '../../../model/listed-row.ts'
import { VersionEntries, type VersionEntry } from '../../../model/version-entries.ts'
import type { Key } from '../../../terminal/key.ts'
import { inSight, moved, type Place } from '../../scroll.ts'
import type { VersionPair } from './version-changes.ts'

const VERSIONS_PER_READ = 100
const READ_AHEAD = 60

export type ReadableEntry = Extract<VersionEntry, { type: 'version' }>

export interface VersionSurroundings {
  readonly store: Filesystem
  run(work: () => Promise<void>): void
  /** Other versions, or another one selected. */
  changed(): void
}

/** The versions of a record as a list, read as one goes down in it, and the one that is selected. */
export class VersionList {
  readonly #host: VersionSurroundings
  readonly #path: string
  #entries: VersionEntries
  #isReading = false
  #isRead = false
  #place: Place = { at: 0, top: 0 }
  #selected: number | undefined
  /** A version to stand on once what is being read is there. */
  #next: number | undefined
  #hides: (entry: VersionEntry) => boolean = () => false

  constructor(host: VersionSurroundings, path: string, selected: number | undefined) {
    this.#host = host
    this.#path = path
    this.#selected = selected
    this.#entries = new VersionEntries(host.store, path)
  }

  /** All that were read, whether or not they are shown. */
  get all(): readonly VersionEntry[] {
    return this.#entries.all
  }

  get shown(): readonly VersionEntry[] {
    return this.all.filter((entry) => !this.#hides(entry) || idOf(entry) === this.#selected)
  }

  get state(): VersionEntries['state'] {
    return this.#entries.state
  }

  /** Whether what is older than the last version here was read, or there is no reading it. */
  get isAtEnd(): boolean {
    return this.state === 'whole' || this.state === 'cut'
  }

  get isRead(): boolean {
    return this.#isRead
  }

  get place(): Place {
    return this.#place
  }

  get selected(): VersionEntry | undefined {
    return this.shown[this.#place.at]
  }

  /** The selected version, as it would stand in a list of records. */
  get row(): ListedRow | undefined {
    const { selected } = this
    return selected?.type === 'version'
      ? { path: this.#path, directory: false, ...rowOfHead(selected.head) }
      : undefined
  }

  get newest(): ReadableEntry | undefined {
    return this.all.find(isReadable)
  }

  /** Leaves out what the person does not want to see, but for the selected one. */
  hide(hides: (entry: VersionEntry) => boolean): void {
    this.#hides = hides
    this.#settle()
  }

  start(): void {
    if (!this.#isRead) this.#more(this.#selected)
  }

  /** Reads from the newest version on again. */
  refresh(): void {
    this.#entries = new VersionEntries(this.#host.store, this.#path)
    this.#isReading = false
    this.#isRead = false
    this.#more(this.#selected)
  }

  move(key: Key, rowsInSight: number, times?: number): boolean {
    const at = moved(key, this.#place.at, this.shown.length, rowsInSight, times)
    if (at === undefined) return false
    this.select(at)
    return true
  }

  select(at: number): void {
    this.#place = { at, top: this.#place.top }
    this.#selected = idOf(this.selected)
    if (at + READ_AHEAD > this.shown.length) this.#more(undefined)
    this.#host.changed()
  }

  /** Stands on a version, which is read if it has to be. */
  goTo(sequence: number): void {
    this.#selected = sequence
    this.#more(sequence)
  }

  visible(rowCount: number): readonly VersionEntry[] {
    const { shown } = this
    this.#place = inSight(this.#place, shown.length, rowCount)
    return shown.slice(this.#place.top, this.#place.top + rowCount)
  }

  /** The version before another one, among those that were read. */
  before(entry: ReadableEntry): ReadableEntry | undefined {
    return this.all.slice(this.all.indexOf(entry) + 1).find(isReadable)
  }

  /** Versions and the ones before them, but for one that the version before was not read of. */
  pairs(entries: readonly ReadableEntry[]): VersionPair[] {
    return entries
      .map((entry): VersionPair => [entry, this.before(entry)])
      .filter(([, before]) => before !== undefined || this.isAtEnd)
  }

  #more(until: number | undefined): void {
    const entries = this.#entries
    if (this.#isReading) {
      this.#next = until ?? this.#next
      return
    }
    this.#isReading = true
    this.#host.run(async () => {
      try {
        // What it is compared with is behind it.
        await entries.read(VERSIONS_PER_READ, until === undefined ? undefined : until - READ_AHEAD)
      } finally {
        if (entries === this.#entries) {
          this.#isReading = false
          this.#settle()
        }
      }
      if (entries !== this.#entries) return
      const next = this.#next
      this.#next = undefined
      if (next !== undefined) this.goTo(next)
    })
  }

  #settle(): void {
    this.#isRead = true
    const { shown } = this
    const found = this.#selected === undefined ? -1 : shown.findIndex((entry) => idOf(entry) === this.#selected)
    const at = found === -1 ? Math.min(this.#place.at, Math.max(0, shown.length - 1)) : found
    this.#place = { at, top: Math.max(0, this.#place.top + at - this.#place.at) }
    this.#selected = idOf(shown[at])
    this.#host.changed()
  }
}

export function isReadable(entry: VersionEntry): entry is ReadableEntry {
  return entry.type === 'version'
}

function idOf(entry: VersionEntry | undefined): number | undefined {
  return entry?.type === 'gap' ? entry.to : entry?.sequence
}
