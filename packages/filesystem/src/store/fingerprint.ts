import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { FilesystemError } from '../errors.ts'

/** Levels of arrays and objects in what has a fingerprint. */
export const FINGERPRINT_DEPTH_MAX = 64

/**
 * `sha256:` and 64 hex digits over the canonical JSON (RFC 8785) of a value: equal for values that are equal as JSON, whatever
 * the order of their properties. A property that is `undefined` is no property.
 *
 * @throws {FilesystemError} `invalid-argument` when the value is not JSON or nests deeper than {@link FINGERPRINT_DEPTH_MAX}.
 */
export function fingerprint(value: unknown): string {
  checkJson(value, 0)
  // Checked above to be JSON, which always has a canonical form.
  const json = canonicalize(value) as string
  return `sha256:${createHash('sha256').update(json, 'utf8').digest('hex')}`
}

function checkJson(value: unknown, depth: number): void {
  if (value === null || typeof value === 'boolean') return
  if (typeof value === 'string') return checkText(value)
  if (typeof value === 'number' && Number.isFinite(value)) return
  if (typeof value !== 'object') throw invalid(`a ${typeof value} that is not JSON is in it`)
  // The canonical form would be of what it returns, which nobody has looked at.
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') throw invalid('a value with its own JSON is in it')
  if (depth === FINGERPRINT_DEPTH_MAX) throw invalid(`it nests deeper than ${FINGERPRINT_DEPTH_MAX} levels`)
  if (Array.isArray(value)) {
    // Counted, because iterating by callback would skip holes.
    for (let at = 0; at < value.length; at++) checkJson(value[at], depth + 1)
    return
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw invalid('an object that is not plain is in it')
  for (const [name, part] of Object.entries(value)) {
    checkText(name)
    if (part !== undefined) checkJson(part, depth + 1)
  }
}

// UTF-8 has no bytes for a lone surrogate: different texts would have one fingerprint.
function checkText(text: string): void {
  if (!text.isWellFormed()) throw invalid('a string with a lone surrogate is in it')
}

function invalid(problem: string): FilesystemError {
  return new FilesystemError('invalid-argument', `Cannot fingerprint value: ${problem}`, { operation: 'fingerprint' })
}
