import { adviceOf } from '../../../contention/advice.ts'
import type { ContentionSummary } from '../../../contention/summary.ts'
import { displayText } from '../../../display-text.ts'
import type { Frame } from '../../frame.ts'
import { rule } from '../../rule.ts'
import { wrapped } from '../../wrapped.ts'

/** What could be done, in words. */
export function advicePane(frame: Frame, summary: ContentionSummary): string[] {
  const { columns, rows, glyphs, paint } = frame
  const lines = adviceOf(summary).flatMap(({ about, text }) => {
    const said = about === '' ? displayText(text) : `${displayText(about)}: ${displayText(text)}`
    const [first = '', ...more] = wrapped(said, columns - 4)
    return [` ${paint('warning', glyphs.warning)} ${first}`, ...more.map((line) => `   ${line}`)]
  })
  const body =
    lines.length === 0 ? [` ${paint('muted', summary.isTraced ? 'nothing stands out' : 'none without traces')}`] : lines
  return [rule(frame, 'advice'), ...body].slice(0, rows)
}
