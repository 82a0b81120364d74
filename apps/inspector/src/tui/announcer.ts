/** A time that has gone by, as ages are shown. It changes without anything having happened. */
const DURATION = /\d[\d.,]* ?(?:µs|ms|s|min|m|h|d|w|y)\b/g

/**
 * Finds what to say when a frame that is read aloud changes: the lines that were not there before. That an item is no longer
 * the selected one goes without saying, for the one that now is gets said.
 */
export class Announcer {
  readonly #selected: string
  #before = new Set<string>()

  /** `selected` is the mark in front of the selected item. */
  constructor(selected: string) {
    this.#selected = selected
  }

  changes(lines: readonly string[]): string[] {
    const before = this.#before
    this.#before = new Set(lines.map(timeless))
    return lines.filter((line) => !before.has(timeless(line)) && !before.has(timeless(`${this.#selected} ${line}`)))
  }
}

function timeless(line: string): string {
  return line.replaceAll(DURATION, '').replaceAll(/\s+/g, ' ')
}
