import { displayText } from '../display-text.ts'
import type { BodyDiff } from '../model/body-diff.ts'
import { hiddenPointers } from '../model/hidden-pointers.ts'
import type { Side } from '../model/load-sides.ts'
import { sameBytes } from '../model/same-bytes.ts'
import { shownVersion } from '../model/stored-row.ts'
import type { Change } from '../model/structural-diff.ts'
import type { Paint } from '../terminal/theme.ts'
import { jsonText } from './json-text.ts'
import type { DiffRow } from './rows.ts'
import { shownVersionText } from './shown.ts'

function sideRow({ path, state, version }: Side): DiffRow['from'] {
  return { path, state, version: shownVersion(version), token: version }
}

/** Names the parts of the row in which something is hidden. */
export function diffRow(from: Side, to: Side, result: BodyDiff, equal: boolean, reveal = false): DiffRow {
  const hidden = reveal ? [] : hiddenPointers(result)
  return {
    type: 'diff',
    v: 1,
    from: sideRow(from),
    to: sideRow(to),
    equal,
    sameBytes: sameBytes(from.body, to.body),
    ...result,
    ...(hidden.length > 0 && { hidden }),
  }
}

/** Empty when nothing differs, but for a patch. */
export function diffText(paint: Paint, from: Side, to: Side, result: BodyDiff, equal: boolean): string {
  if (result.format === 'json-patch') return `${displayText(jsonText(result.patch, 2), { multiline: true })}\n`
  if (equal) return ''
  const lines = [paint('removed', `--- ${nameOf(from)}`), paint('added', `+++ ${nameOf(to)}`)]
  switch (result.format) {
    case 'structural':
      lines.push(...result.changes.map((change) => changeLine(paint, change)))
      break
    case 'unified':
      lines.push(...result.lines.map((line) => unifiedLine(paint, line)))
      break
    case 'bytes':
      lines.push(
        `binary: ${result.fromSize} and ${result.toSize} bytes differ from byte ${result.firstDifference ?? '-'}`,
      )
      break
  }
  return lines.map((line) => `${line}\n`).join('')
}

export function nameOf({ path, state, version }: Side): string {
  if (path === '-') return 'stdin'
  return `${displayText(path)}@${shownVersionText(shownVersion(version))}${state === 'deleted' ? ' (deleted)' : ''}`
}

const VALUE_MAX = 500

function changeLine(paint: Paint, change: Change): string {
  const path = displayText(change.path === '' ? '(whole body)' : change.path)
  switch (change.op) {
    case 'add':
      return paint('added', `+ ${path}  ${valueText(change.after)}`)
    case 'remove':
      return paint('removed', `- ${path}  ${valueText(change.before)}`)
    case 'replace':
      return `~ ${path}  ${valueText(change.before)} -> ${valueText(change.after)}`
  }
}

function valueText(value: unknown): string {
  return displayText(jsonText(value), { codePointsMax: VALUE_MAX })
}

function unifiedLine(paint: Paint, line: string): string {
  const shown = displayText(line.slice(0, 1)) + displayText(line.slice(1))
  if (line.startsWith('+')) return paint('added', shown)
  if (line.startsWith('-')) return paint('removed', shown)
  return line.startsWith('@') ? paint('muted', shown) : shown
}
