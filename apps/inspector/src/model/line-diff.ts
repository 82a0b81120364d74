import { InspectorError } from '../inspector-error.ts'

export interface LineEdit {
  readonly op: 'same' | 'removed' | 'added'
  readonly line: string
}

/** Insertions and deletions up to which two texts are compared; memory grows with its square. */
const EDITS_MAX = 1500

/**
 * The shortest edit from one list of lines to another, by the greedy algorithm of E. Myers, "An O(ND) Difference Algorithm and
 * Its Variations" (1986).
 *
 * @throws {InspectorError} `refused` when more than {@link EDITS_MAX} lines differ.
 */
export function lineDiff(before: readonly string[], after: readonly string[]): LineEdit[] {
  let start = 0
  const shorter = Math.min(before.length, after.length)
  while (start < shorter && before[start] === after[start]) start++
  let tail = 0
  while (tail < shorter - start && before.at(-1 - tail) === after.at(-1 - tail)) tail++
  const middle = shortestEdit(before.slice(start, before.length - tail), after.slice(start, after.length - tail))
  return [...before.slice(0, start).map(same), ...middle, ...before.slice(before.length - tail).map(same)]
}

function same(line: string): LineEdit {
  return { op: 'same', line }
}

function shortestEdit(before: readonly string[], after: readonly string[]): LineEdit[] {
  const frontiers: Int32Array[] = []
  const edits = reach(before, after, frontiers)
  return walkBack(before, after, frontiers, edits)
}

// After d edits, frontiers[d][k + d] is how far into `before` the furthest path on diagonal k = x - y has come.
function reach(before: readonly string[], after: readonly string[], frontiers: Int32Array[]): number {
  for (let d = 0; d <= EDITS_MAX; d++) {
    const frontier = new Int32Array(2 * d + 1)
    for (let k = -d; k <= d; k += 2) {
      let x = d === 0 ? 0 : stepFrom(frontiers[d - 1], d, k).x
      while (x < before.length && x - k < after.length && before[x] === after[x - k]) x++
      frontier[k + d] = x
      if (k === before.length - after.length && x >= before.length) {
        frontiers.push(frontier)
        return d
      }
    }
    frontiers.push(frontier)
  }
  throw new InspectorError(
    'refused',
    `Cannot compare: more than ${EDITS_MAX} lines differ`,
    'use --format structural for JSON, or look at each version with `inspector cat`',
  )
}

// Where a path on diagonal k starts its d-th edit: an added line from diagonal k + 1, or a removed one from k - 1.
function stepFrom(previous: Int32Array | undefined, d: number, k: number): { x: number; added: boolean } {
  const above = k + 1 <= d - 1 ? (previous?.[k + 1 + d - 1] ?? 0) : -1
  const left = k - 1 >= 1 - d ? (previous?.[k - 1 + d - 1] ?? 0) + 1 : -1
  return above >= left ? { x: above, added: true } : { x: left, added: false }
}

function walkBack(
  before: readonly string[],
  after: readonly string[],
  frontiers: readonly Int32Array[],
  edits: number,
): LineEdit[] {
  const reversed: LineEdit[] = []
  let x = before.length
  let y = after.length
  for (let d = edits; d > 0; d--) {
    const step = stepFrom(frontiers[d - 1], d, x - y)
    for (; x > step.x; x--, y--) reversed.push(same(before[x - 1] ?? ''))
    if (step.added) reversed.push({ op: 'added', line: after[--y] ?? '' })
    else reversed.push({ op: 'removed', line: before[--x] ?? '' })
  }
  for (; x > 0; x--) reversed.push(same(before[x - 1] ?? ''))
  return reversed.toReversed()
}

const CONTEXT = 3

/** Unified diff lines (`@@ … @@` hunks), without file headers. Empty when nothing differs. */
export function unifiedHunks(edits: readonly LineEdit[]): string[] {
  const out: string[] = []
  let before = 1
  let after = 1
  let at = 0
  while (at < edits.length) {
    const first = edits.findIndex((edit, index) => index >= at && edit.op !== 'same')
    if (first === -1) break
    const start = Math.max(at, first - CONTEXT)
    before += start - at
    after += start - at
    const end = hunkEnd(edits, first)
    const hunk = edits.slice(start, end)
    const removed = hunk.filter(({ op }) => op !== 'added').length
    const added = hunk.filter(({ op }) => op !== 'removed').length
    out.push(`@@ -${range(before, removed)} +${range(after, added)} @@`)
    for (const { op, line } of hunk) out.push(MARK[op] + line)
    before += removed
    after += added
    at = end
  }
  return out
}

const MARK = { same: ' ', removed: '-', added: '+' } as const

// A hunk goes on while the next difference is within two contexts.
function hunkEnd(edits: readonly LineEdit[], first: number): number {
  let last = first
  for (let at = first; at < edits.length && at - last <= 2 * CONTEXT; at++) {
    if (edits[at]?.op !== 'same') last = at
  }
  return Math.min(edits.length, last + 1 + CONTEXT)
}

function range(start: number, length: number): string {
  return length === 0 ? `${start - 1},0` : length === 1 ? `${start}` : `${start},${length}`
}
