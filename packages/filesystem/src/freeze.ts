/**
 * Freezes a value and everything in it, so that all who share it see the same. What is frozen already is gone through as
 * well, because it may be frozen at its surface only. Bytes cannot be frozen and are left alone.
 */
export function deepFreeze<T>(value: T, seen: Set<unknown> = new Set()): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || seen.has(value)) return value
  seen.add(value)
  Object.freeze(value)
  for (const part of Object.values(value)) deepFreeze(part, seen)
  return value
}
