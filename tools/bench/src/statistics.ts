/** The middle value, or the mean of the two middle ones; NaN when there are none. */
export function median(values: readonly number[]): number {
  const ascending = values.toSorted((a, b) => a - b)
  const middle = ascending.length >> 1
  const upper = ascending[middle] ?? Number.NaN
  return ascending.length % 2 === 1 ? upper : ((ascending[middle - 1] ?? Number.NaN) + upper) / 2
}

/** The least divided by the most: 1 is perfectly fair, 0 is starvation. */
export function fairnessOf(counts: readonly number[]): number {
  const most = Math.max(0, ...counts)
  return most === 0 ? 0 : Math.min(...counts) / most
}

/** How far the values of the rounds lie apart: (greatest − least) / median. */
export function spreadOf(values: readonly number[]): number {
  const middle = median(values)
  return middle > 0 ? (Math.max(...values) - Math.min(...values)) / middle : 0
}

/** Rounded to a number of significant digits, for people and for short lines. */
export function significant(value: number, digits = 4): number {
  return Number.isFinite(value) ? Number(value.toPrecision(digits)) : value
}
