import type { Entry, Filesystem, RecordType } from '@latchless/filesystem'
import type { Role } from '../terminal/theme.ts'

/** A line about a record in words of its store. Nothing in it is escaped yet: it holds what somebody stored. */
export interface DetailLine {
  /** Short; empty where the text goes on with the line before. */
  readonly label: string
  readonly text: string
  readonly role?: Role | undefined
  /** From 0 to 1 and beyond: how much of something is used, for a bar. */
  readonly share?: number | undefined
}

export interface Moment {
  /** Milliseconds since the epoch. */
  readonly nowMs: number
}

/** What a check of a kind may look at beside the record itself. */
export interface KindSurroundings extends Moment {
  readonly path: string
  readonly store: Filesystem
}

/** Something that has to hold for every record of a kind, beyond its shape. */
export interface KindCheck<T = unknown> {
  readonly id: string
  readonly expects: string
  /** How bad it is when it does not hold. */
  readonly severity: 'warn' | 'fail'
  readonly likelyCause: string
  /** What is wrong with a record, in words; nothing when all is well. */
  find(value: T, surroundings: KindSurroundings): readonly string[] | Promise<readonly string[]>
}

/** How the records of one kind are read by people, and what has to hold for them. */
export interface KindView<T = unknown> {
  readonly kind: string
  /** Where its store keeps them. */
  readonly root: string
  readonly type: RecordType<T>
  readonly checks: readonly KindCheck<T>[]
  /** JSON Pointers to values that are shown only to who asks for secrets. */
  readonly redact: readonly string[]
  /** The record as a value of its kind; nothing where it is none. */
  read(entry: Entry, path?: string): T | undefined
  /** A few short cells for a list; none where the record is not of the kind. */
  columns(entry: Entry, moment: Moment): readonly string[]
  /** None where the record is not of the kind. */
  detail(entry: Entry, moment: Moment): readonly DetailLine[]
}

export interface KindDefinition<T> {
  readonly root: string
  readonly type: RecordType<T>
  readonly checks?: readonly KindCheck<T>[]
  readonly redact?: readonly string[]
  columns(value: T, moment: Moment): readonly string[]
  detail(value: T, moment: Moment): readonly DetailLine[]
}

/** Lines of one record at the most; the rest is counted. */
const DETAIL_LINES_MAX = 400

/**
 * The view of a kind. Bodies are read through the schema of their store; what does not fit it has no columns and no details,
 * whatever else is in it.
 */
export function defineKindView<T>(definition: KindDefinition<T>): KindView<T> {
  const { root, type, checks = [], redact = [] } = definition
  // A list is drawn many times with the same bodies in it.
  const decoded = new WeakMap<Entry, { readonly value: T | undefined }>()
  const read = (entry: Entry, path = '/'): T | undefined => {
    const known = decoded.get(entry) ?? { value: orNothing(() => type.decode(entry, path)) }
    decoded.set(entry, known)
    return known.value
  }
  const shown = <R>(entry: Entry, show: (value: T) => readonly R[]): readonly R[] => {
    const value = read(entry)
    return value === undefined ? [] : (orNothing(() => show(value)) ?? [])
  }
  return {
    kind: type.kind,
    root,
    type,
    checks,
    redact,
    read,
    columns: (entry, moment) => shown(entry, (value) => definition.columns(value, moment)),
    detail: (entry, moment) => bounded(shown(entry, (value) => definition.detail(value, moment))),
  }
}

// A body that passes the schema may still be one that no store has written, such as a name with half a character.
function orNothing<R>(work: () => R): R | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

function bounded(lines: readonly DetailLine[]): readonly DetailLine[] {
  if (lines.length <= DETAIL_LINES_MAX) return lines
  const more = lines.length - DETAIL_LINES_MAX + 1
  return [...lines.slice(0, DETAIL_LINES_MAX - 1), { label: '', text: `and ${more} lines more`, role: 'muted' }]
}
