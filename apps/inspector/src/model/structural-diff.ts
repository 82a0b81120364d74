import { InspectorError } from '../inspector-error.ts'
import { pointerTo } from './json-pointer.ts'

/** One difference between two JSON values. Applied in order, the changes turn the first value into the second. */
export type Change =
  | { readonly op: 'add'; readonly path: string; readonly after: unknown }
  | { readonly op: 'remove'; readonly path: string; readonly before: unknown }
  | { readonly op: 'replace'; readonly path: string; readonly before: unknown; readonly after: unknown }

/** A step of a JSON Patch (RFC 6902). */
export type PatchStep =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }

/** What one diff may cost, so that two hostile bodies cannot occupy the process. */
const CHANGES_MAX = 10_000

/**
 * Compares two JSON values by structure: members by name, elements by position between an equal beginning and an equal
 * end. `undefined` is "nothing stored", the body of a tombstone.
 *
 * @throws {InspectorError} `refused` when there are more than {@link CHANGES_MAX} changes.
 */
export function structuralDiff(before: unknown, after: unknown): Change[] {
  const changes: Change[] = []
  compare('', before, after, changes)
  return changes
}

export function jsonPatch(changes: readonly Change[]): PatchStep[] {
  return changes.map((change) =>
    change.op === 'remove'
      ? { op: change.op, path: change.path }
      : { op: change.op, path: change.path, value: change.after },
  )
}

function compare(path: string, before: unknown, after: unknown, changes: Change[]): void {
  if (before === undefined && after === undefined) return
  if (before === undefined) push(changes, { op: 'add', path, after })
  else if (after === undefined) push(changes, { op: 'remove', path, before })
  else if (Array.isArray(before) && Array.isArray(after)) compareElements(path, before, after, changes)
  else if (isObject(before) && isObject(after)) compareMembers(path, before, after, changes)
  else if (!sameJson(before, after)) push(changes, { op: 'replace', path, before, after })
}

function compareMembers(path: string, before: JsonObject, after: JsonObject, changes: Change[]): void {
  for (const key of Object.keys(before)) {
    compare(pointerTo(path, key), before[key], Object.hasOwn(after, key) ? after[key] : undefined, changes)
  }
  for (const key of Object.keys(after)) {
    if (!Object.hasOwn(before, key)) push(changes, { op: 'add', path: pointerTo(path, key), after: after[key] })
  }
}

function compareElements(path: string, before: readonly unknown[], after: readonly unknown[], changes: Change[]): void {
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && sameJson(before[start], after[start])) start++
  let tail = 0
  while (tail < shorter - start && sameJson(before.at(-1 - tail), after.at(-1 - tail))) tail++
  const paired = shorter - tail
  for (let at = start; at < paired; at++) compare(pointerTo(path, at), before[at], after[at], changes)
  // From the end, so that the positions of the remaining removals still hold.
  for (let at = before.length - tail - 1; at >= paired; at--) {
    push(changes, { op: 'remove', path: pointerTo(path, at), before: before[at] })
  }
  for (let at = paired; at < after.length - tail; at++) {
    push(changes, { op: 'add', path: pointerTo(path, at), after: after[at] })
  }
}

/** Equality of two parsed JSON values; the order of members does not count. */
function sameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((element, at) => sameJson(element, b[at]))
  }
  if (isObject(a) && isObject(b)) {
    const keys = Object.keys(a)
    return (
      keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
    )
  }
  return a === b
}

function push(changes: Change[], change: Change): void {
  if (changes.length >= CHANGES_MAX) {
    throw new InspectorError(
      'refused',
      `Cannot compare: there are more than ${CHANGES_MAX} changes`,
      'the two bodies have little in common; look at each with `inspector cat`',
    )
  }
  changes.push(change)
}

type JsonObject = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
