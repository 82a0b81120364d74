/** Writers of one key that are told apart. */
const WRITERS_NOTED_MAX = 64
const KEYS_NOTED_MAX = 8192

/** What is remembered of a key beside its counts. */
export interface KeyNote {
  /** Who wrote it last. */
  readonly winner: string | undefined
  /** Its writers, and when each was last seen, in milliseconds since the epoch. At most {@link WRITERS_NOTED_MAX}. */
  readonly writers: ReadonlyMap<string, number>
}

/** Who writes which key; the keys seen longest ago are forgotten first. */
export class KeyNotes {
  readonly #notes = new Map<string, { winner: string | undefined; readonly writers: Map<string, number> }>()

  get(key: string): KeyNote | undefined {
    return this.#notes.get(key)
  }

  seen(key: string, writer: string, atMs: number, hasWon: boolean): void {
    const note = this.#notes.get(key) ?? { winner: undefined, writers: new Map<string, number>() }
    // Back at the end: the first is the one seen longest ago.
    this.#notes.delete(key)
    this.#notes.set(key, note)
    note.writers.delete(writer)
    note.writers.set(writer, atMs)
    if (hasWon) note.winner = writer
    dropFirst(note.writers, WRITERS_NOTED_MAX)
    dropFirst(this.#notes, KEYS_NOTED_MAX)
  }
}

function dropFirst(map: Map<string, unknown>, sizeMax: number): void {
  if (map.size <= sizeMax) return
  for (const first of map.keys()) {
    map.delete(first)
    return
  }
}
