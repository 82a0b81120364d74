import { placeOf } from '../store.ts'

/** Where a store lies, as far as its URL tells. */
export type StorePlace =
  | { readonly type: 'local' | 'plain' | 'sqlite'; readonly path: string }
  | { readonly type: 'postgres'; readonly url: string }

const TYPES = { file: 'local', plain: 'plain', sqlite: 'sqlite' } as const

export function storePlace(url: string | undefined): StorePlace | undefined {
  if (url === undefined) return undefined
  if (/^postgres(?:ql)?:/.test(url)) return { type: 'postgres', url }
  const place = placeOf(url)
  return place && { type: TYPES[place.scheme], path: place.root }
}

/** The file or directory of a store of one of some types; nothing for others. */
export function pathOf(url: string | undefined, ...types: readonly StorePlace['type'][]): string | undefined {
  const place = storePlace(url)
  return place && place.type !== 'postgres' && types.includes(place.type) ? place.path : undefined
}
