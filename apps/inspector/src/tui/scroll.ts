import type { Key } from '../terminal/key.ts'

/** A place in a list of which a window is shown. */
export interface Place {
  /** The selected item. */
  readonly at: number
  /** The first item in the window. */
  readonly top: number
}

/** The place that keeps `at` in a list of `count` items and in a window of `rows`, moving the window as little as it can. */
export function inSight({ at, top }: Place, count: number, rows: number): Place {
  const last = Math.max(0, count - 1)
  const kept = Math.min(Math.max(0, at), last)
  const highest = Math.max(0, kept - Math.max(1, rows) + 1)
  const lowest = Math.min(kept, Math.max(0, count - rows))
  return { at: kept, top: Math.min(Math.max(top, highest), Math.max(lowest, highest)) }
}

/**
 * Where a key of movement leads from an item of a list, or undefined when it is none. It is pressed so many times; a key that
 * leads to an end leads to the item with that number instead.
 */
export function moved(key: Key, at: number, count: number, rows: number, times?: number): number | undefined {
  const step = STEPS[key]?.(Math.max(1, rows))
  if (step === undefined) return undefined
  const isToEnd = !Number.isFinite(step)
  const wanted = times === undefined ? at + step : isToEnd ? times - 1 : at + step * times
  return Math.min(Math.max(0, wanted), Math.max(0, count - 1))
}

/** Every key that {@link moved} knows. */
export const MOVEMENT_KEYS: readonly Key[] = [
  'j',
  'k',
  '<down>',
  '<up>',
  '<ctrl-d>',
  '<ctrl-u>',
  '<page-down>',
  '<page-up>',
  'g',
  'G',
  '<home>',
  '<end>',
]

const STEPS: Record<Key, (rows: number) => number> = {
  j: () => 1,
  '<down>': () => 1,
  k: () => -1,
  '<up>': () => -1,
  '<ctrl-d>': (rows) => Math.ceil(rows / 2),
  '<ctrl-u>': (rows) => -Math.ceil(rows / 2),
  '<page-down>': (rows) => rows,
  '<page-up>': (rows) => -rows,
  g: () => Number.NEGATIVE_INFINITY,
  '<home>': () => Number.NEGATIVE_INFINITY,
  G: () => Number.POSITIVE_INFINITY,
  '<end>': () => Number.POSITIVE_INFINITY,
}
