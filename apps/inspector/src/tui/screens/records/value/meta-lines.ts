import { displayText } from '../../../../display-text.ts'
import { writerOf } from '../../../../model/listed-row.ts'
import { ageText, countText, instantText } from '../../../../model/measures.ts'
import { metaRow } from '../../../../model/stored-row.ts'
import { jsonText } from '../../../../output/json-text.ts'
import { shownVersionText } from '../../../../output/shown.ts'
import { cut, fit } from '../../../../terminal/cells.ts'
import type { Frame } from '../../../frame.ts'
import { type LineSource, linesFrom } from './line-source.ts'
import type { ValueContent } from './value-content.ts'

const LABEL_CELLS = 12
const UPDATES_SHOWN = 300

/** Everything that is stored about a version but its body. */
export function metaLines({ path, head }: ValueContent, frame: Frame): LineSource {
  const row = metaRow(path, head)
  const { info } = head
  const fields: (readonly [string, string])[] = [
    ['path', path],
    ['state', row.state],
    ['version', `${shownVersionText(row.version)}  (${row.token})`],
    ['kind', `${row.kind ?? '-'}${row.schemaVersion === null ? '' : `  schema ${row.schemaVersion}`}`],
    ['content', row.contentType ?? '-'],
    ['size', `${countText(row.size)} bytes`],
    ['time', `${instantText(info.time)}  (${ageText(info.time, frame.nowMs)})`],
    ['writer', writerOf(info.writer)],
    ['write id', row.writeId],
    ...Object.entries(row.tuples).map(([name, tuple]) => ['index', `${name} ${jsonText(tuple)}`] as const),
    ['updates', `${info.updates.length} in this write`],
    ...info.updates
      .slice(0, UPDATES_SHOWN)
      .map(({ opId, writer }) => ['', `${opId ?? 'without an id'}${writer ? `  ${writerOf(writer)}` : ''}`] as const),
  ]
  return linesFrom(
    fields.map(([label, text]) =>
      cut(
        `${frame.paint('muted', fit(label, LABEL_CELLS))}${displayText(text, { codePointsMax: 1000 })}`,
        frame.columns,
        frame.glyphs.ellipsis,
      ),
    ),
  )
}
