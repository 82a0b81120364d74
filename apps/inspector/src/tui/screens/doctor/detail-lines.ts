import { displayText } from '../../../display-text.ts'
import type { Check, CheckDetail, CheckResult } from '../../../doctor/check.ts'
import { fit } from '../../../terminal/cells.ts'
import type { Frame } from '../../frame.ts'
import { wrapped } from '../../wrapped.ts'
import { STATUS_ROLES, STATUS_WORDS } from './check-lines.ts'
import type { ScreenCheck } from './doctor-run.ts'

// Paths and messages are to be read to their ends.

/** Lines about one check, and where its findings begin among them. */
export interface Detail {
  readonly lines: readonly string[]
  /** The line of each finding, and how many it takes. */
  readonly findings: readonly { readonly line: number; readonly count: number }[]
}

/** What a check wants, what it found and what to do about it. `selected` is the finding that is stood on. */
export function detailOf(frame: Frame, { check, result }: ScreenCheck, selected: number | undefined): Detail {
  const { paint, columns, glyphs } = frame
  const cells = columns - 2
  const status = result ? paint(STATUS_ROLES[result.status], STATUS_WORDS[result.status]) : 'not done yet'
  const lines = [` ${paint('heading', check.id)}  ${status}`, ...said(check.expects), '']
  const findings: Detail['findings'][number][] = []
  if (result) {
    lines.push(...said(displayText(result.summary)))
    if (result.details.length > 0) lines.push('')
    for (const [at, detail] of result.details.entries()) {
      const parts = wrapped(findingText(detail), cells - 2)
      findings.push({ line: lines.length, count: parts.length })
      const mark = at === selected ? glyphs.selected : ' '
      const shown = parts.map((part, line) => fit(` ${line === 0 ? mark : ' '} ${part}`, columns))
      lines.push(...(at === selected ? shown.map((line) => paint('selected', line)) : shown))
    }
    lines.push(...section('Likely cause', result.likelyCause === undefined ? [] : [result.likelyCause]))
    lines.push(...section('Next', result.next))
  }
  return { lines, findings }

  function said(text: string): string[] {
    return wrapped(text, cells).map((line) => ` ${line}`)
  }

  function section(title: string, texts: readonly string[]): string[] {
    if (texts.length === 0) return []
    return ['', ` ${paint('heading', title)}`, ...texts.flatMap((text) => said(displayText(text)))]
  }
}

function findingText({ text, path, version }: CheckDetail): string {
  const where = path === undefined ? '' : `${path}${version === undefined ? '' : `@${version}`}: `
  return displayText(where + text)
}

/** The lines that fill a window, with a finding in sight where one is stood on. */
export function windowOf({ lines, findings }: Detail, rows: number, selected: number | undefined): readonly string[] {
  const finding = selected === undefined ? undefined : findings[selected]
  const end = finding ? Math.min(finding.line + finding.count, finding.line + rows) : 0
  const top = Math.max(0, end - rows)
  return lines.slice(top, top + rows)
}

/** The same for who listens. */
export function spokenDetail({ columns }: Frame, { check, result }: ScreenCheck): string[] {
  const lines = result ? spokenResult(check, result) : [`${check.id}: not done yet`, check.expects]
  return lines.flatMap((line) => wrapped(line, columns))
}

function spokenResult(check: Check, result: CheckResult): string[] {
  return [
    `${check.id}: ${STATUS_WORDS[result.status]}: ${displayText(result.summary)}`,
    `expected: ${check.expects}`,
    ...result.details.map((detail, at) => `finding ${at + 1}: ${findingText(detail)}`),
    ...(result.likelyCause === undefined ? [] : [`likely cause: ${displayText(result.likelyCause)}`]),
    ...result.next.map((words) => `next: ${displayText(words)}`),
  ]
}
