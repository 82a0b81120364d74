import { displayText } from '../../../display-text.ts'
import { cellsOf } from '../../../terminal/cells.ts'

/** A writer in few cells: its host is the first to go, since service and process tell most writers apart. */
export function shortWriter(writer: string, columns: number): string {
  const whole = displayText(writer)
  if (cellsOf(whole) <= columns) return whole
  const [, service, pid] = /^(.*)@[^@]*\/(\d+)$/s.exec(writer) ?? []
  return service === undefined ? whole : displayText(`${service}/${pid}`)
}
