import { displayText } from '../../../display-text.ts'
import { spanText } from '../../../model/measures.ts'
import type { VersionEntry } from '../../../model/version-entries.ts'
import { writerShares } from '../../../model/writer-shares.ts'
import { cut, fit } from '../../../terminal/cells.ts'
import { bar } from '../../bar.ts'
import type { Frame } from '../../frame.ts'
import { isReadable } from './version-list.ts'

const NAMED_MAX = 3
const BAR_CELLS = 8
const NAME_CELLS = 12

/** Who wrote the versions that were read. */
export function shareLines(entries: readonly VersionEntry[], frame: Frame): string[] {
  return writerShares(entries, NAMED_MAX).map(({ service, share }) => {
    const name = service === '' ? 'others' : displayText(service, { codePointsMax: 40 })
    const drawn = frame.spoken ? '' : `${fit(bar(frame, share, BAR_CELLS), BAR_CELLS)} `
    return fit(
      `  ${fit(name, NAME_CELLS, 'left', frame.glyphs.ellipsis)} ${drawn}${Math.round(share * 100)}%`,
      frame.columns,
    )
  })
}

/** The youngest time that has a place of its own. */
const YOUNGEST_MS = 100

/**
 * The versions that were read on one line, the oldest at the left: places are the logarithm of the time before now, so the last
 * second has as much room as the day before it.
 */
export function timelineLine(
  entries: readonly VersionEntry[],
  selected: VersionEntry | undefined,
  frame: Frame,
): string {
  const { glyphs, paint, nowMs } = frame
  const ages = entries.filter(isReadable).map(({ head }) => nowMs - head.info.time)
  const oldest = Math.max(YOUNGEST_MS * 10, ...ages)
  const label = ` ${spanText(oldest)} ago `
  const cells = Math.max(10, frame.columns - label.length - 6)
  const at = (ageMs: number) => {
    const share = Math.log(Math.max(ageMs, YOUNGEST_MS) / YOUNGEST_MS) / Math.log(oldest / YOUNGEST_MS)
    return Math.min(cells - 1, Math.max(0, Math.round((1 - share) * (cells - 1))))
  }
  const counts = Array.from({ length: cells }, () => 0)
  for (const age of ages) counts[at(age)] = (counts[at(age)] ?? 0) + 1
  const marks = counts.map((count) =>
    count === 0 ? glyphs.horizontal : count === 1 ? glyphs.vertical : (glyphs.bars.at(-1) ?? ''),
  )
  if (selected?.type === 'version') marks[at(nowMs - selected.head.info.time)] = glyphs.won
  return cut(`${paint('muted', label)}${marks.join('')}${paint('muted', ' now')}`, frame.columns, glyphs.ellipsis)
}
