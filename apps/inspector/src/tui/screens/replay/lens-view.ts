import type { Lens } from '../../../trace/lane-cells.ts'

/** The part of the time that the lanes show: where it begins, and how long a column is. */
export interface LensView {
  readonly fromUs: number
  readonly usPerColumn: number
}

/** Columns are 1, 2 or 5 times a power of ten long, so that times stand at even places. */
export function stepAbove(us: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, us)))
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= us) ?? power * 10
}

function stepBelow(us: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, us)))
  return [5, 2, 1, 0.5].map((factor) => factor * power).find((step) => step < us && step >= 1) ?? 1
}

/** The view whose columns begin at whole numbers of columns since a time. */
export function aligned({ fromUs, usPerColumn }: LensView, sinceUs: number): LensView {
  return { fromUs: sinceUs + Math.round((fromUs - sinceUs) / usPerColumn) * usPerColumn, usPerColumn }
}

export function lensOf({ fromUs, usPerColumn }: LensView, columns: number): Lens {
  return { fromUs, toUs: fromUs + usPerColumn * Math.max(1, columns) }
}

/** All of a stretch, with a little room at its ends. */
export function fitting({ fromUs, toUs }: Lens, columns: number): LensView {
  const room = Math.max(1, columns)
  const usPerColumn = stepAbove((toUs - fromUs) / Math.max(1, room - 2))
  const over = usPerColumn * room - (toUs - fromUs)
  return { fromUs: Math.floor(fromUs - over / 2), usPerColumn }
}

/** A column is longer or shorter; the cursor stays in its place. */
export function zoomed(view: LensView, by: 'in' | 'out', cursorUs: number, whole: Lens, columns: number): LensView {
  const longest = stepAbove((whole.toUs - whole.fromUs) / Math.max(1, columns - 2))
  const step = by === 'in' ? stepBelow(view.usPerColumn) : stepAbove(view.usPerColumn + 1)
  const usPerColumn = Math.min(Math.max(1, step), longest)
  const column = Math.floor((cursorUs - view.fromUs) / view.usPerColumn)
  const kept = column >= 0 && column < columns ? column : Math.floor(columns / 2)
  return { fromUs: Math.floor(cursorUs - kept * usPerColumn), usPerColumn }
}

export function panned(view: LensView, byColumns: number): LensView {
  return { ...view, fromUs: view.fromUs + byColumns * view.usPerColumn }
}

/** The view that has a time in sight; unchanged when it already has. */
export function showing(view: LensView, us: number, columns: number): LensView {
  const column = (us - view.fromUs) / view.usPerColumn
  if (column >= 0 && column < columns) return view
  return { ...view, fromUs: Math.floor(us - (columns / 2) * view.usPerColumn) }
}
