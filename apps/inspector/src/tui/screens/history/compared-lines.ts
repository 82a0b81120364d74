import { displayText } from '../../../display-text.ts'
import type { ComparedLine } from '../../../model/compared-line.ts'
import type { Change } from '../../../model/structural-diff.ts'
import { cut, fit } from '../../../terminal/cells.ts'
import type { Role } from '../../../terminal/theme.ts'
import type { Frame } from '../../frame.ts'
import { valueText } from '../records/value/json-lines.ts'

const UNITS_MAX = 1000

/** One line of a comparison, with the mark that says what happened beside its colour. */
export function comparedLine(line: ComparedLine, frame: Frame): string {
  switch (line.type) {
    case 'change':
      return changeLine(line.change, frame)
    case 'part':
      return painted(
        line.op,
        `  ${line.op === 'added' ? frame.glyphs.added : frame.glyphs.removed} ${shown(line.text)}`,
        frame,
      )
    case 'line':
      return painted(line.op, `${markOf(line.op, frame)} ${shown(line.text)}`, frame)
    case 'hunk':
      return painted('muted', shown(line.text), frame)
    case 'pair':
      return pairLine(line, frame)
  }
}

/** The same for a clipboard. */
export function comparedText(line: ComparedLine): string {
  switch (line.type) {
    case 'change':
      return changeText(line.change, '→')
    case 'part':
    case 'line':
      return `${line.op === 'added' ? '+' : line.op === 'removed' ? '-' : ' '}${line.text}`
    case 'hunk':
      return line.text
    case 'pair':
      return `${line.left ?? ''}\t${line.right ?? ''}`
  }
}

function changeLine(change: Change, frame: Frame): string {
  const { glyphs } = frame
  const text = changeText(change, glyphs.arrow)
  switch (change.op) {
    case 'add':
      return painted('added', `${glyphs.added} ${text}`, frame)
    case 'remove':
      return painted('removed', `${glyphs.removed} ${text}`, frame)
    case 'replace':
      return painted('changed', `${glyphs.changed} ${text}`, frame)
  }
}

function changeText(change: Change, arrow: string): string {
  const path = displayText(change.path === '' ? '(whole body)' : change.path, { codePointsMax: UNITS_MAX })
  switch (change.op) {
    case 'add':
      return `${path}  ${briefly(change.after)}`
    case 'remove':
      return `${path}  ${briefly(change.before)}`
    case 'replace':
      return `${path}  ${briefly(change.before)} ${arrow} ${briefly(change.after)}`
  }
}

function briefly(value: unknown): string {
  const children = typeof value === 'object' && value !== null ? Object.keys(value).length : 0
  return valueText(value, children === 0 ? undefined : children)
}

function pairLine({ op, left, right }: Extract<ComparedLine, { type: 'pair' }>, frame: Frame): string {
  const { glyphs, columns, paint } = frame
  const half = Math.max(1, Math.floor((columns - 5) / 2))
  const mark =
    op === 'same' ? ' ' : left === undefined ? glyphs.added : right === undefined ? glyphs.removed : glyphs.changed
  const [before, after] = [fit(shown(left ?? ''), half), cut(shown(right ?? ''), half, glyphs.ellipsis)]
  if (op === 'same') return `${before}  ${mark}  ${after}`
  return `${paint('removed', before)} ${paint('changed', ` ${mark} `)} ${paint('added', after)}`
}

function markOf(op: 'same' | 'added' | 'removed', { glyphs }: Frame): string {
  return op === 'added' ? glyphs.added : op === 'removed' ? glyphs.removed : ' '
}

function painted(role: Role | 'same', text: string, { paint, columns, glyphs }: Frame): string {
  const line = cut(text, columns, glyphs.ellipsis)
  return role === 'same' ? line : paint(role, line)
}

function shown(text: string): string {
  return displayText(text, { codePointsMax: UNITS_MAX })
}
