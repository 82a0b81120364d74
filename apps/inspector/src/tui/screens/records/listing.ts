import type { SortKey } from './record-columns.ts'

/** How a listing is made. */
export interface Listing {
  readonly isTree: boolean
  readonly withDeleted: boolean
  readonly sort: SortKey
  readonly isReversed: boolean
  readonly filter: string
}

/** Whether only the order of what is in memory differs. */
export function hasSameSource(a: Listing, b: Listing): boolean {
  const isOrderOfStore = (listing: Listing) => (listing.sort === 'path' ? listing.isReversed : false)
  return (
    a.isTree === b.isTree &&
    a.withDeleted === b.withDeleted &&
    a.filter === b.filter &&
    isOrderOfStore(a) === isOrderOfStore(b)
  )
}
