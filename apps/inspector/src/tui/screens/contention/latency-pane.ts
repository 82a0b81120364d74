import type { ContentionSummary } from '../../../contention/summary.ts'
import { countText } from '../../../model/measures.ts'
import { fit } from '../../../terminal/cells.ts'
import { bar } from '../../bar.ts'
import type { Frame } from '../../frame.ts'
import { rule } from '../../rule.ts'

interface Range {
  readonly label: string
  readonly won: number
  readonly lost: number
}

const LABEL_COLUMNS = 9
const COUNT_COLUMNS = 9

/** How long attempts took, in ranges that double, those that won apart from those that were lost. */
export function latencyPane(frame: Frame, summary: ContentionSummary): string[] {
  const { glyphs, columns, rows, paint } = frame
  const title = rule(frame, `milliseconds of attempts   ${glyphs.bars.at(-1) ?? ''} won ${glyphs.lost} lost`)
  const ranges = rangesOf(summary, rows - 1)
  if (ranges.length === 0) return [title, ` ${paint('muted', 'no attempts were traced')}`]
  const most = Math.max(...ranges.map(({ won, lost }) => won + lost), 1)
  const room = Math.max(1, columns - LABEL_COLUMNS - COUNT_COLUMNS - 1)
  return [
    title,
    ...ranges.map(({ label, won, lost }) => {
      const lostCells = Math.round((lost / most) * room)
      const lostBar = glyphs.lost.repeat(lost > 0 ? Math.max(1, lostCells) : 0)
      const bars = paint('won', bar(frame, won / most, room - lostBar.length)) + paint('lost', lostBar)
      return `${label.padStart(LABEL_COLUMNS - 1)} ${fit(bars, room)}${countText(won + lost).padStart(COUNT_COLUMNS)}`
    }),
  ]
}

const DOUBLINGS = 22

/** The doublings in which something lies; what is too much for the rows is one with the last. */
function rangesOf({ won, lost }: ContentionSummary, rows: number): Range[] {
  const counts = Array.from({ length: DOUBLINGS }, (_, at) => {
    const [from, to] = [
      at === 0 ? 0 : FIRST_US * 2 ** (at - 1),
      at === DOUBLINGS - 1 ? Number.POSITIVE_INFINITY : FIRST_US * 2 ** at,
    ]
    return { from, won: won.between(from, to), lost: lost.between(from, to) }
  })
  const first = counts.findIndex(isUsed)
  const last = counts.findLastIndex(isUsed)
  if (first < 0 || rows <= 0) return []
  const used = counts.slice(first, last + 1)
  const apart = used.length <= rows ? used : used.slice(0, rows - 1)
  const ranges = apart.map((range) => ({ ...range, label: labelOf(range.from) }))
  const rest = used.slice(apart.length)
  const [start] = rest
  if (!start) return ranges
  const sum = (of: (range: { won: number; lost: number }) => number) => rest.reduce((all, range) => all + of(range), 0)
  return [
    ...ranges,
    { label: `${labelOf(start.from)}+`, won: sum((range) => range.won), lost: sum((range) => range.lost) },
  ]
}

/** An eighth of a millisecond, about: where the first range ends. */
const FIRST_US = 128

function isUsed({ won, lost }: { readonly won: number; readonly lost: number }): boolean {
  return won + lost > 0
}

function labelOf(us: number): string {
  const ms = us / 1024
  return ms > 0 && ms < 1 ? ms.toFixed(2) : countText(Math.round(ms))
}
