import { displayText } from '../../../display-text.ts'
import type { CheckStatus } from '../../../doctor/check.ts'
import { cut, fit } from '../../../terminal/cells.ts'
import type { Glyphs } from '../../../terminal/glyphs.ts'
import type { Role } from '../../../terminal/theme.ts'
import type { Frame } from '../../frame.ts'
import type { Place } from '../../scroll.ts'
import type { ScreenCheck } from './doctor-run.ts'

const ID_CELLS = 20

export const STATUS_ROLES: Record<CheckStatus, Role> = { ok: 'won', warn: 'warning', fail: 'error', skip: 'muted' }
export const STATUS_WORDS: Record<CheckStatus, string> = { ok: 'ok', warn: 'warn', fail: 'FAIL', skip: 'skip' }

const MARKS: Record<CheckStatus, keyof Pick<Glyphs, 'ok' | 'warning' | 'failed' | 'skipped'>> = {
  ok: 'ok',
  warn: 'warning',
  fail: 'failed',
  skip: 'skipped',
}

/** The list of checks, each in a line as wide as the frame. */
export function checkLines(
  frame: Frame,
  checks: readonly ScreenCheck[],
  { at, top }: Place,
  isFocused: boolean,
): string[] {
  return checks.slice(top, top + frame.rows).map((check, row) => checkLine(frame, check, top + row === at, isFocused))
}

function checkLine(frame: Frame, { check, result }: ScreenCheck, isSelected: boolean, isFocused: boolean): string {
  const { paint, glyphs, columns } = frame
  const mark = isSelected ? glyphs.selected : ' '
  const status = result ? `${glyphs[MARKS[result.status]]} ${STATUS_WORDS[result.status]}` : glyphs.ellipsis
  const head = `${mark} ${fit(status, 6)} ${fit(check.id, ID_CELLS)} `
  const summary = displayText(result?.summary ?? '')
  const line = fit(head + summary, columns, 'left', glyphs.ellipsis)
  if (isSelected && isFocused) return paint('selected', line)
  if (!result) return paint('muted', line)
  const rest = line.slice(cut(`${mark} ${fit(status, 6)}`, columns, glyphs.ellipsis).length)
  return `${mark} ${paint(STATUS_ROLES[result.status], fit(status, 6))}${result.status === 'skip' ? paint('muted', rest) : rest}`
}
