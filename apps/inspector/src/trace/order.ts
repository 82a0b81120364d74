/** The first place at which a value is greater than `limit`; `values` are in ascending order of `at`. */
export function upperBound(count: number, valueAt: (place: number) => number, limit: number): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (valueAt(middle) <= limit) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Row numbers in ascending order of a column, rows of the same value in the order of their numbers. `before` is the order of
 * the first rows; those behind it are sorted and merged in.
 */
export function extendOrder(before: Int32Array, column: Float64Array, count: number): Int32Array {
  const compare = (a: number, b: number): number => (column[a] ?? 0) - (column[b] ?? 0) || a - b
  const added = Int32Array.from({ length: count - before.length }, (_, at) => before.length + at)
  if (!isSorted(added, compare)) added.sort(compare)
  const order = new Int32Array(count)
  let [left, right] = [0, 0]
  for (let at = 0; at < count; at++) {
    const takesLeft =
      right === added.length || (left < before.length && compare(before[left] ?? 0, added[right] ?? 0) <= 0)
    order[at] = (takesLeft ? before[left++] : added[right++]) ?? 0
  }
  return order
}

function isSorted(rows: Int32Array, compare: (a: number, b: number) => number): boolean {
  for (let at = 1; at < rows.length; at++) if (compare(rows[at - 1] ?? 0, rows[at] ?? 0) > 0) return false
  return true
}
