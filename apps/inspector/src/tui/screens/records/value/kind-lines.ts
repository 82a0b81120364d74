import { displayText } from '../../../../display-text.ts'
import type { DetailLine } from '../../../../kinds/kind-view.ts'
import { cellsOf, cut, fit } from '../../../../terminal/cells.ts'
import { bar } from '../../../bar.ts'
import type { Frame } from '../../../frame.ts'
import { type LineSource, linesFrom } from './line-source.ts'
import type { ValueContent } from './value-content.ts'

const LABEL_CELLS_MAX = 20
const BAR_CELLS = 10

/** The record in the words of its store. */
export function kindLines(content: ValueContent, frame: Frame): LineSource {
  const details = content.detail(frame.nowMs)
  const labels = details.map(({ label }) => displayText(label))
  const labelCells = Math.min(LABEL_CELLS_MAX, Math.max(0, ...labels.map((label) => cellsOf(label))))
  return linesFrom(
    details.map((detail, at) =>
      cut(
        `${frame.paint('muted', fit(labels[at] ?? '', labelCells))}  ${textOf(detail, frame)}`,
        frame.columns,
        frame.glyphs.ellipsis,
      ),
    ),
  )
}

function textOf({ text, role, share }: DetailLine, frame: Frame): string {
  const shown = displayText(text, { codePointsMax: 500 })
  const painted = role ? frame.paint(role, shown) : shown
  return share === undefined || frame.spoken ? painted : `${fit(bar(frame, share, BAR_CELLS), BAR_CELLS)} ${painted}`
}
