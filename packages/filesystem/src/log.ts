import { pageSize } from './entry.ts'
import type { Limits, LogEntry, LogPage, ReadLogOptions } from './filesystem.ts'
import { PAGE_SIZE_DEFAULT } from './filesystem.ts'
import { invalid, tooLarge } from './refusals.ts'

/**
 * Checks the bodies of one append at a filesystem's door.
 *
 * @throws {FilesystemError} `invalid-argument` or `too-large`.
 */
export function checkBodies(log: string, bodies: readonly Uint8Array[], limits: Limits): void {
  if (!Array.isArray(bodies) || bodies.length === 0)
    throw invalid('append', log, 'it takes a list of at least one body')
  if (!bodies.every((body) => body instanceof Uint8Array)) {
    throw invalid('append', log, 'each body must be a Uint8Array')
  }
  if (bodies.length > limits.appendEntriesMax) {
    throw tooLarge('append', log, `${bodies.length} entries exceed the limit of ${limits.appendEntriesMax}`)
  }
  const bytes = bytesOf(bodies)
  if (bytes > limits.bodyBytesMax) {
    throw tooLarge('append', log, `the bodies of ${bytes} bytes exceed the limit of ${limits.bodyBytesMax}`)
  }
}

/** How many bytes these bodies have together. */
export function bytesOf(bodies: readonly Uint8Array[]): number {
  return bodies.reduce((sum, body) => sum + body.length, 0)
}

/**
 * The page that a read asks for.
 *
 * @throws {FilesystemError} `invalid-argument` or `too-large`.
 */
export function checkRead(log: string, options: ReadLogOptions, limits: Limits): { after?: number; limit: number } {
  const { after } = options
  if (after !== undefined && !(Number.isSafeInteger(after) && after >= 0)) {
    throw invalid('read', log, 'after must be a whole number from 0')
  }
  const limit = pageSize('read', log, options.limit, PAGE_SIZE_DEFAULT, limits)
  return after === undefined ? { limit } : { after, limit }
}

/**
 * Checks the bound of a trim.
 *
 * @throws {FilesystemError} `invalid-argument`.
 */
export function checkTrim(log: string, before: number): void {
  if (!(Number.isSafeInteger(before) && before >= 1)) {
    throw invalid('trim', log, 'before must be a whole number from 1')
  }
}

/** A page of up to `limit` of these entries; one more than that tells that there is another page. */
export function logPage(entries: readonly LogEntry[], limit: number): LogPage {
  const page = entries.slice(0, limit)
  const last = page.at(-1)
  return entries.length > limit && last ? { entries: page, next: last.sequence } : { entries: page }
}
