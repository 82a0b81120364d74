import { setImmediate as nextTurn } from 'node:timers/promises'
import { InspectorError } from '../inspector-error.ts'
import { jsonText } from '../output/json-text.ts'
import { type Body, readBody } from './body.ts'
import { diffLines } from './body-diff.ts'
import { byteLines } from './byte-lines.ts'
import type { ComparedLine } from './compared-line.ts'
import { countText } from './measures.ts'
import { sameBytes, SPELLING } from './same-bytes.ts'
import { sideBySide } from './side-by-side.ts'
import { redact } from './redact.ts'
import { SecretMarks } from './secret-marks.ts'
import { sortedKeys } from './sorted-keys.ts'
import { unifiedHunks } from './line-diff.ts'
import { type Change, structuralDiff } from './structural-diff.ts'
import { withoutPointers } from './without-pointers.ts'

export const COMPARISON_MODES = ['structural', 'unified', 'side', 'bytes'] as const
export type ComparisonMode = (typeof COMPARISON_MODES)[number]

export interface Comparison {
  /** The way that was taken, which is another one where the bodies do not fit the one that was asked for. */
  readonly mode: ComparisonMode
  readonly lines: readonly ComparedLine[]
  /** Where each group of differences begins. */
  readonly hunks: readonly number[]
  readonly summary: string
  /** Why it is another way. */
  readonly note: string
  /** How much of the two bodies is not shown. */
  readonly hidden: number
}

type WithoutCount = Omit<Comparison, 'hidden'>

export interface ComparisonOptions {
  readonly mode: ComparisonMode
  /** JSON Pointers to what does not count. */
  readonly ignored: readonly string[]
  readonly ignoresKeyOrder: boolean
  /** JSON Pointers to what is hidden beside what looks like a secret; without them everything is shown. */
  readonly hidden: readonly string[] | undefined
}

/** Larger bodies are compared by their bytes only. */
const COMPARED_BYTES_MAX = 1024 * 1024
const COMPARED_LINES_MAX = 20_000

/**
 * Compares two bodies, `undefined` being that of a tombstone. In turns, so that keys are taken in between: each of them is
 * bounded by the size of a body.
 */
export async function compareBodies(
  from: Uint8Array | undefined,
  to: Uint8Array | undefined,
  options: ComparisonOptions,
): Promise<Comparison> {
  const marks = new SecretMarks()
  const shown = async (body: Uint8Array | undefined) => {
    await nextTurn()
    return body && options.hidden ? redact(body, options.hidden, marks).body : body
  }
  const [before, after] = [await shown(from), await shown(to)]
  const hidden = marks.count
  const bytes = (why: string) => ({ ...byBytes(from, to, why, hidden > 0), hidden })
  const largest = Math.max(from?.length ?? 0, to?.length ?? 0)
  if (options.mode === 'bytes') return bytes('')
  if (largest > COMPARED_BYTES_MAX) return bytes(`more than ${countText(COMPARED_BYTES_MAX)} bytes`)
  try {
    const comparison = await byContent(await inTurn(before), await inTurn(after), options)
    const isSame = comparison.lines.length === 0 && comparison.note === ''
    return { ...comparison, ...(isSame && !sameBytes(from, to) && { note: SPELLING }), hidden }
  } catch (error) {
    if (!(error instanceof InspectorError) || error.code !== 'refused') throw error
    return bytes(error.message.replace('Cannot compare: ', ''))
  }
}

async function inTurn(body: Uint8Array | undefined): Promise<Body | undefined> {
  await nextTurn()
  return body && readBody(body)
}

async function byContent(
  from: Body | undefined,
  to: Body | undefined,
  options: ComparisonOptions,
): Promise<WithoutCount> {
  const isJson = (from?.type ?? 'json') === 'json' && (to?.type ?? 'json') === 'json'
  const [before, after] = isJson ? [counted(from, options), counted(to, options)] : [from, to]
  if (options.mode === 'structural') {
    if (isJson) return byStructure(jsonOf(before), jsonOf(after))
    return byLines(
      await asText(before, isJson),
      await asText(after, isJson),
      { ...options, mode: 'unified' },
      'not both are JSON',
    )
  }
  const [left, right] = [await asText(before, isJson), await asText(after, isJson)]
  return byLines(
    left,
    right,
    options,
    isJson || options.ignored.length === 0 ? '' : 'not both are JSON: nothing is ignored',
  )
}

/** JSON over several lines, in a turn of its own; beside text it keeps its final newline, or that it has none. */
async function asText(body: Body | undefined, isBesideJson: boolean): Promise<Body | undefined> {
  if (body?.type === 'binary') return body
  await nextTurn()
  const end = !isBesideJson && body?.text.endsWith('\n') ? '\n' : ''
  const text = body?.type === 'json' ? JSON.stringify(body.value, undefined, 2) + end : body?.text
  if (text === undefined) return undefined
  const lines = text.split('\n', COMPARED_LINES_MAX + 1).length
  if (lines <= COMPARED_LINES_MAX) return { type: 'text', text }
  throw new InspectorError('refused', `Cannot compare: more than ${countText(COMPARED_LINES_MAX)} lines`)
}

/** What of a body counts. */
function counted(body: Body | undefined, { ignored, ignoresKeyOrder }: ComparisonOptions): Body | undefined {
  const kept = withoutPointers(body, ignored)
  if (kept?.type !== 'json' || !ignoresKeyOrder) return kept
  return { ...kept, value: sortedKeys(kept.value) }
}

function jsonOf(body: Body | undefined): unknown {
  return body?.type === 'json' ? body.value : undefined
}

const PART_LINES_MAX = 24

function byStructure(from: unknown, to: unknown): WithoutCount {
  const lines: ComparedLine[] = []
  const hunks: number[] = []
  const counts = { add: 0, remove: 0, replace: 0 }
  for (const change of structuralDiff(from, to)) {
    hunks.push(lines.length)
    counts[change.op]++
    lines.push({ type: 'change', change }, ...partLines(change))
  }
  const summary = `${counts.replace} changed  ${counts.add} added  ${counts.remove} removed`
  return { mode: 'structural', lines, hunks, summary, note: '' }
}

// What a line can hold is in the line of the change itself.
function partLines(change: Change): ComparedLine[] {
  if (change.op === 'replace') return []
  const value = change.op === 'add' ? change.after : change.before
  if (typeof value !== 'object' || value === null) return []
  const all = jsonText(value, 2).split('\n').slice(1, -1)
  const op = change.op === 'add' ? 'added' : 'removed'
  const more = all.length > PART_LINES_MAX ? [`  and ${all.length - PART_LINES_MAX} lines more`] : []
  return [...all.slice(0, PART_LINES_MAX), ...more].map((text) => ({ type: 'part', op, text }))
}

function byLines(
  from: Body | undefined,
  to: Body | undefined,
  { mode }: ComparisonOptions,
  note: string,
): WithoutCount {
  const edits = diffLines(from, to)
  const count = (wanted: string) => edits.filter(({ op }) => op === wanted).length
  const texts = mode === 'side' ? undefined : unifiedHunks(edits)
  const lines = texts ? texts.map(unifiedLine) : sideBySide(edits)
  const hunks = lines.flatMap(({ type }, at) => (type === 'hunk' ? [at] : []))
  const summary = `+${countText(count('added'))} -${countText(count('removed'))} lines`
  return { mode: mode === 'side' ? 'side' : 'unified', lines, hunks, summary, note }
}

function unifiedLine(text: string): ComparedLine {
  if (text.startsWith('@')) return { type: 'hunk', text }
  const op = text.startsWith('+') ? 'added' : text.startsWith('-') ? 'removed' : 'same'
  return { type: 'line', op, text: text.slice(1) }
}

function byBytes(from: Uint8Array | undefined, to: Uint8Array | undefined, why: string, hides: boolean): WithoutCount {
  const { lines, hunks, summary } = byteLines(from ?? new Uint8Array(), to ?? new Uint8Array())
  const note = why === '' ? '' : `by bytes: ${why}`
  if (!hides) return { mode: 'bytes', lines, hunks, summary, note }
  return {
    mode: 'bytes',
    lines: [],
    hunks: [],
    summary,
    note: 'its bytes are not shown, because of secrets: :reveal shows all',
  }
}
