/** Something that took a place in an order, some time between its start and its end. */
export interface Placed {
  readonly name: string
  readonly start: number
  readonly end: number
  readonly position: number
}

/** Pairs where one had ended before the other began, and yet has the later place. One pair for each of the latter. */
export function findDisorder(placed: readonly Placed[]): { readonly earlier: Placed; readonly later: Placed }[] {
  const byEnd = placed.toSorted((a, b) => a.end - b.end)
  let ended = 0
  let furthest: Placed | undefined
  const found: { earlier: Placed; later: Placed }[] = []
  for (const each of placed.toSorted((a, b) => a.start - b.start)) {
    for (let next = byEnd[ended]; next && next.end < each.start; next = byEnd[++ended]) {
      if (!furthest || next.position > furthest.position) furthest = next
    }
    if (furthest && furthest.position > each.position) found.push({ earlier: furthest, later: each })
  }
  return found
}

/** Reads that do not show all that had ended before they began. */
export function findStale(
  placed: readonly Placed[],
  reads: readonly { readonly client: string; readonly start: number; readonly shown: number }[],
): { readonly client: string; readonly missed: Placed }[] {
  const byEnd = placed.toSorted((a, b) => a.end - b.end)
  let ended = 0
  let furthest: Placed | undefined
  const found: { client: string; missed: Placed }[] = []
  for (const { client, start, shown } of reads.toSorted((a, b) => a.start - b.start)) {
    for (let next = byEnd[ended]; next && next.end < start; next = byEnd[++ended]) {
      if (!furthest || next.position > furthest.position) furthest = next
    }
    if (furthest && furthest.position >= shown) found.push({ client, missed: furthest })
  }
  return found
}
