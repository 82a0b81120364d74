import type { Place } from './scroll.ts'

/** A list in which something is selected. */
export interface ClickedList {
  readonly place: Place
  select(at: number): void
}

/** Selects the row that was clicked, if one was. Whether it was selected already, in the pane that had the keys. */
export function clickedRow(list: ClickedList, at: number | undefined, hadKeys: boolean): boolean {
  if (at === undefined) return false
  const wasSelected = at === list.place.at
  list.select(at)
  return wasSelected && hadKeys
}
