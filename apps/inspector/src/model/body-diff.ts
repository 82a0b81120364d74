import { InspectorError } from '../inspector-error.ts'
import { jsonText } from '../output/json-text.ts'
import type { Body } from './body.ts'
import { lineDiff, type LineEdit, unifiedHunks } from './line-diff.ts'
import { type Change, jsonPatch, type PatchStep, structuralDiff } from './structural-diff.ts'

export type DiffFormat = 'structural' | 'json-patch' | 'unified'

export type BodyDiff =
  | { readonly format: 'structural'; readonly changes: Change[] }
  | { readonly format: 'json-patch'; readonly patch: PatchStep[] }
  | { readonly format: 'unified'; readonly lines: string[] }
  | {
      readonly format: 'bytes'
      readonly fromSize: number
      readonly toSize: number
      readonly firstDifference: number | null
    }

/**
 * Compares two bodies, `undefined` being that of a tombstone. Without a format: by structure when both are JSON, by lines
 * when both are text, else by bytes.
 *
 * @throws {InspectorError} `refused` when the format does not fit the bodies or they differ too much.
 */
export function diffBodies(from: Body | undefined, to: Body | undefined, format?: DiffFormat): BodyDiff {
  if (format === 'structural' || format === 'json-patch') {
    const changes = structuralDiff(jsonOf(from, format), jsonOf(to, format))
    return format === 'structural' ? { format, changes } : { format, patch: jsonPatch(changes) }
  }
  if (from?.type === 'binary' || to?.type === 'binary') {
    if (format === 'unified') throw unfit(format, 'text')
    return diffBytes(bytesOf(from), bytesOf(to))
  }
  const bothJson = (from?.type ?? 'json') === 'json' && (to?.type ?? 'json') === 'json'
  if (format === undefined && bothJson) return diffBodies(from, to, 'structural')
  return { format: 'unified', lines: unifiedHunks(diffLines(from, to)) }
}

/**
 * Compares two bodies line by line; JSON, where both are, as it is written over several lines.
 *
 * @throws {InspectorError} `refused` for a binary body, and when they differ too much.
 */
export function diffLines(from: Body | undefined, to: Body | undefined): LineEdit[] {
  if (from?.type === 'binary' || to?.type === 'binary') throw unfit('unified', 'text')
  const bothJson = (from?.type ?? 'json') === 'json' && (to?.type ?? 'json') === 'json'
  const [before, after] = [linesOf(from, bothJson), linesOf(to, bothJson)]
  if (!bothJson) markUnended(before, after)
  return lineDiff(before, after)
}

/** Whether the diff found nothing. */
export function isEqual(diff: BodyDiff): boolean {
  switch (diff.format) {
    case 'structural':
      return diff.changes.length === 0
    case 'json-patch':
      return diff.patch.length === 0
    case 'unified':
      return diff.lines.length === 0
    case 'bytes':
      return diff.firstDifference === null
  }
}

function jsonOf(body: Body | undefined, format: DiffFormat): unknown {
  if (body === undefined) return undefined
  if (body.type !== 'json') throw unfit(format, 'JSON')
  return body.value
}

function unfit(format: DiffFormat, needed: string): InspectorError {
  return new InspectorError(
    'refused',
    `Cannot compare as ${format}: a body is not ${needed}`,
    'leave out --format, and the bodies choose it',
  )
}

function linesOf(body: Body | undefined, pretty: boolean): string[] {
  if (body === undefined || body.type === 'binary') return []
  if (body.type === 'json' && pretty) return jsonText(body.value, 2).split('\n')
  return body.text.split('\n')
}

const UNENDED = '\\ No newline at end'

/** Takes off the empty line behind a final newline; where only one of two texts has that newline, a line tells of the other. */
function markUnended(before: string[], after: string[]): void {
  const [isEnded, isOtherEnded] = [before, after].map((lines) => lines.length > 1 && lines.at(-1) === '')
  if (isEnded) before.pop()
  if (isOtherEnded) after.pop()
  if (isEnded === isOtherEnded || before.length === 0 || after.length === 0) return
  const [unended, ended] = isEnded ? [after, before] : [before, after]
  // A text that itself ends with such a line is no reason to take the two for equal.
  unended.push(ended.at(-1) === UNENDED ? `${UNENDED} ` : UNENDED)
}

function bytesOf(body: Body | undefined): Uint8Array {
  if (body === undefined) return new Uint8Array()
  return body.type === 'binary' ? body.bytes : Buffer.from(body.text, 'utf8')
}

function diffBytes(from: Uint8Array, to: Uint8Array): BodyDiff {
  const shorter = Math.min(from.length, to.length)
  let at = 0
  while (at < shorter && from[at] === to[at]) at++
  const equal = at === from.length && at === to.length
  return { format: 'bytes', fromSize: from.length, toSize: to.length, firstDifference: equal ? null : at }
}
