import type { ContentionSummary } from '../../../contention/summary.ts'
import { displayText } from '../../../display-text.ts'
import { countText } from '../../../model/measures.ts'
import { fit } from '../../../terminal/cells.ts'
import { bar } from '../../bar.ts'
import type { Frame } from '../../frame.ts'
import { rule } from '../../rule.ts'

const BINS: readonly (readonly [label: string, from: number, to: number])[] = [
  ['1', 0, 1],
  ['2', 2, 2],
  ['3-4', 3, 4],
  ['5-8', 5, 8],
  ['9-16', 9, 16],
  ['17+', 17, Number.POSITIVE_INFINITY],
]
const LABEL_COLUMNS = 9
const COUNT_COLUMNS = 16

/** How many attempts updates needed, and how many gave up. */
export function attemptsPane(frame: Frame, { attemptsToWin, gaveUp }: ContentionSummary): string[] {
  const { columns, rows, paint } = frame
  const title = rule(frame, 'attempts needed to win')
  const won = attemptsToWin.reduce((sum, count) => sum + count, 0)
  const lost = [...gaveUp.values()].reduce((sum, count) => sum + count, 0)
  const all = won + lost
  if (all === 0) return [title, ` ${paint('muted', 'no updates were traced')}`]
  const room = Math.max(1, columns - LABEL_COLUMNS - COUNT_COLUMNS - 1)
  const line = (label: string, count: number, role: 'won' | 'lost') => {
    const figures = `${countText(count)} ${((100 * count) / all).toFixed(1)}%`
    return `${label.padStart(LABEL_COLUMNS - 1)} ${fit(paint(role, bar(frame, count / all, room)), room)}${figures.padStart(COUNT_COLUMNS)}`
  }
  const used = BINS.map(([label, from, to]) => {
    const count = attemptsToWin.reduce((sum, each, at) => (at >= from && at <= to ? sum + each : sum), 0)
    return { label, count }
  }).filter(({ count }) => count > 0)
  const reasons = [...gaveUp]
    .toSorted(([, a], [, b]) => b - a)
    .map(([why, count]) => `${displayText(why)} ${countText(count)}`)
  const end = lost === 0 ? [] : [line('gave up', lost, 'lost'), `          ${paint('muted', reasons.join(', '))}`]
  return [title, ...used.map(({ label, count }) => line(label, count, 'won')), ...end].slice(0, rows)
}
