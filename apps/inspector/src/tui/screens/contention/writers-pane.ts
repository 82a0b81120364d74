import { rateText, shareText, spanText } from '../../../contention/figures.ts'
import type { ContentionSummary } from '../../../contention/summary.ts'
import type { WriterSummary } from '../../../contention/writer-summary.ts'
import { fit } from '../../../terminal/cells.ts'
import type { Frame } from '../../frame.ts'
import { rule } from '../../rule.ts'
import { shortWriter } from './short-writer.ts'

const STARVING = 0.5
const WIDTHS = [6, 7, 7, 8, 6]
const FIGURES_COLUMNS = WIDTHS.reduce((sum, width) => sum + width, 0)

/** Who gets how much of what there is to win. */
export function writersPane(frame: Frame, { writers, isTraced, rateSeconds }: ContentionSummary): string[] {
  const { columns, rows, glyphs, paint } = frame
  const nameColumns = Math.max(8, columns - FIGURES_COLUMNS - 2)
  const shown = writers.slice(0, Math.max(0, rows - 2))
  const more = writers.length - shown.length
  const title = rule(frame, more > 0 ? `writers, ${more} more` : 'writers')
  const heading = ` ${'WRITER'.padEnd(nameColumns)} ${['PER S', 'WON%', 'WAITED', 'STARVED', 'SHARE'].map((name, at) => name.padStart(WIDTHS[at] ?? 0)).join('')}`
  return [
    title,
    paint('heading', heading),
    ...shown.map((writer) => {
      const isShort = writer.share < STARVING || writer.starved > 0
      const mark = isShort ? paint('warning', glyphs.warning) : ' '
      const name = fit(shortWriter(writer.writer, nameColumns), nameColumns, 'left', glyphs.ellipsis)
      return `${mark}${name} ${figuresOf(writer, isTraced, rateSeconds)}`
    }),
  ]
}

function figuresOf(
  { won, lost, commits, waitedMs, starved, share }: WriterSummary,
  isTraced: boolean,
  rateSeconds: number,
): string {
  const writes = Math.max(won + lost, commits)
  const figures = [
    rateText(writes / rateSeconds),
    shareText(won + lost === 0 ? undefined : won / (won + lost)),
    isTraced ? spanText(waitedMs) : '-',
    isTraced ? String(starved) : '-',
    share.toFixed(2),
  ]
  return figures.map((figure, at) => fit(figure, WIDTHS[at] ?? 0, 'right')).join('')
}
