import type { QueryOptions, Tuple, TupleElement, TupleRange } from '../filesystem.ts'

/** Orders texts by their UTF-8 bytes. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** Orders tuples element by element, a tuple before what extends it. Written without the encoding that the backends use. */
function byElements(a: Tuple, b: Tuple): number {
  for (const [n, element] of a.entries()) {
    const other = b[n]
    if (other === undefined) return 1
    const order = byElement(element, other)
    if (order !== 0) return order
  }
  return a.length - b.length
}

const ranks = ['null', 'boolean', 'number', 'string', 'bytes']

function rank(element: TupleElement): number {
  if (element === null) return 0
  return element instanceof Uint8Array ? 4 : ranks.indexOf(typeof element)
}

function byElement(a: TupleElement, b: TupleElement): number {
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  if (typeof a === 'string' && typeof b === 'string') return byBytes(a, b)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  return Number(a) - Number(b)
}

export interface NaiveRow {
  readonly tuple: Tuple
  readonly path: string
}

/** The rows that a query asks for, in its order, before its limit. */
export function selectRows<Row extends NaiveRow>(rows: readonly Row[], options: QueryOptions): Row[] {
  const direction = options.order === 'descending' ? -1 : 1
  const order = (a: NaiveRow, b: NaiveRow) => direction * (byElements(a.tuple, b.tuple) || byBytes(a.path, b.path))
  const { after } = options
  return rows
    .filter((row) => isCovered(row.tuple, options.range ?? {}) && (!after || order(row, after) > 0))
    .toSorted(order)
}

function isCovered(tuple: Tuple, { prefix = [], from, to }: TupleRange): boolean {
  if (byElements(tuple.slice(0, prefix.length), prefix) !== 0) return false
  return (!from || byElements(tuple, from) >= 0) && (!to || byElements(tuple, to) < 0)
}
