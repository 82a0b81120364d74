import { FilesystemError } from './errors.ts'
import { DEFAULT_LIMITS, type Limits } from './filesystem.ts'

/** The root, valid only as a prefix: nothing can be stored at it. */
export const ROOT = '/'

/**
 * Checks a path: absolute, `/`-separated, NFC, no empty, `.` or `..` segment, no control character, no backslash, no lone
 * surrogate, within the limits. A path in any other form is refused and never normalised, so one key has one spelling.
 *
 * @throws {FilesystemError} `invalid-argument` or `too-large`.
 */
export function checkPath(path: string, operation: string, limits: Limits = DEFAULT_LIMITS): void {
  const problem = typeof path === 'string' ? problemOf(path) : 'it must be a string'
  if (problem !== undefined) {
    throw new FilesystemError('invalid-argument', `Cannot ${operation} ${quote(path)}: ${problem}`, { operation })
  }
  checkLength(path, operation, limits)
}

/** Like {@link checkPath}, and accepts the root. */
export function checkPrefix(prefix: string, operation: string, limits: Limits = DEFAULT_LIMITS): void {
  if (prefix !== ROOT) checkPath(prefix, operation, limits)
}

/** The directory a path is in: the collection of a record. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash <= 0 ? ROOT : path.slice(0, slash)
}

/** Whether `path` lies strictly below `prefix`, at a segment boundary. */
export function isBelow(path: string, prefix: string): boolean {
  return prefix === ROOT ? path.length > 1 : path.length > prefix.length && path.startsWith(`${prefix}/`)
}

/** Orders paths by their UTF-8 bytes, which JavaScript's own string order is not beyond the basic plane. */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    if (left !== right) return codePointRank(left) - codePointRank(right)
  }
  return a.length - b.length
}

// Surrogates encode code points above U+FFFF, so in UTF-8 they sort behind U+E000 to U+FFFF.
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

function problemOf(path: string): string | undefined {
  if (!path.startsWith('/')) return 'a path starts with "/"'
  if (path.endsWith('/')) return 'a path has no "/" at its end'
  if (!path.isWellFormed()) return 'it holds a lone surrogate'
  if (path.normalize('NFC') !== path) return 'it is not in Unicode normal form NFC'
  if (path.includes('\\')) return 'it holds a backslash'
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f]/u.test(path)) return 'it holds a control character'
  for (const segment of path.slice(1).split('/')) {
    if (segment === '') return 'it has an empty segment'
    if (segment === '.' || segment === '..') return `it has a ${JSON.stringify(segment)} segment`
  }
  return undefined
}

/** Bytes of UTF-8 for a UTF-16 unit at the most. */
const BYTES_PER_UNIT = 3

// Every update comes by here, and hardly any path is near its limit: most are seen to be short without being encoded.
function checkLength(path: string, operation: string, { pathBytesMax, segmentBytesMax }: Limits): void {
  const atMost = path.length * BYTES_PER_UNIT
  if (atMost <= pathBytesMax && atMost <= segmentBytesMax) return
  const bytes = Buffer.byteLength(path)
  if (bytes > pathBytesMax) {
    throw tooLong(operation, path, `its ${bytes} bytes exceed the path limit of ${pathBytesMax}`)
  }
  for (const segment of path.slice(1).split('/')) {
    const size = Buffer.byteLength(segment)
    if (size > segmentBytesMax) {
      throw tooLong(operation, path, `a segment of ${size} bytes exceeds the limit of ${segmentBytesMax}`)
    }
  }
}

function tooLong(operation: string, path: string, problem: string): FilesystemError {
  return new FilesystemError('too-large', `Cannot ${operation} ${quote(path)}: ${problem}`, { operation })
}

function quote(path: unknown): string {
  const text = JSON.stringify(path) ?? String(path)
  return text.length > 120 ? `${text.slice(0, 120)}…"` : text
}
