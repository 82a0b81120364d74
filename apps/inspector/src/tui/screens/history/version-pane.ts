import { type Frame, partOf } from '../../frame.ts'
import { filled } from '../records/two-panes.ts'
import { shareLines } from './history-summary.ts'
import { versionLines, type VersionsPane } from './versions-view.ts'

/** From so many rows on, the writers' shares stand below the versions. */
const SHARES_ROWS = 20

/** The versions and below them who wrote them, as high as the frame; `rows` of it are versions. */
export function versionPane(frame: Frame, pane: VersionsPane): { readonly lines: string[]; readonly rows: number } {
  const shares = frame.rows >= SHARES_ROWS ? shareLines(pane.list.all, frame) : []
  const part = partOf(frame, frame.columns, frame.rows - shares.length)
  const versions = versionLines(part, pane)
  const filler = Array.from({ length: Math.max(0, part.rows - versions.length) }, () => filled('', part))
  return { lines: [...versions, ...filler, ...shares], rows: Math.max(1, part.rows - 2) }
}
