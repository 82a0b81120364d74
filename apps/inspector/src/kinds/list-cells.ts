import type { Entry } from '@latchless/filesystem'
import { redact } from '../model/redact.ts'
import type { KindView, Moment } from './kind-view.ts'

/** What a list says of one version of a record, at any moment. Nothing in it is escaped yet. */
export type ListCells = (moment: Moment) => readonly string[]

/** The cells are made of what may be shown, so no secret can be in them. */
export function listCells(view: KindView, entry: Entry): ListCells {
  const shown = { ...entry, body: redact(entry.body, view.redact).body }
  return (moment) => view.columns(shown, moment)
}
