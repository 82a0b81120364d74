import { instantText } from '../model/measures.ts'
import { fit } from '../terminal/cells.ts'
import type { Frame } from './frame.ts'

/**
 * Says over the whole width that what stands below is not what is stored now; nothing when it is. `what` was there then, in as
 * few words as there can be.
 */
export function asOfLines({ columns, glyphs, paint }: Frame, timeMs: number | undefined, what = ''): string[] {
  if (timeMs === undefined) return []
  const time = instantText(timeMs).replace('.000Z', 'Z')
  const then = what === '' ? '' : `: ${what}`
  const text = ` ${glyphs.warning} AS OF ${time}${then}  (:asof now ends it)  Not what is stored now; by the writers' clocks`
  return [paint('warning', fit(text, columns, 'left', glyphs.ellipsis))]
}
