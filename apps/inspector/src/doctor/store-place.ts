/** Where a store lies, as far as its URL tells. */
export type StorePlace =
  | { readonly type: 'local' | 'plain' | 'sqlite'; readonly path: string }
  | { readonly type: 'postgres'; readonly url: string }

const TYPES = { file: 'local', plain: 'plain', sqlite: 'sqlite' } as const

export function storePlace(url: string | undefined): StorePlace | undefined {
  if (url === undefined) return undefined
  if (/^postgres(?:ql)?:/.test(url)) return { type: 'postgres', url }
  const [, scheme, path] = /^(file|plain|sqlite):(?:\/\/)?(.+)$/s.exec(url) ?? []
  const type = scheme === 'file' || scheme === 'plain' || scheme === 'sqlite' ? TYPES[scheme] : undefined
  return type === undefined || path === undefined ? undefined : { type, path }
}

/** The file or directory of a store of one of some types; nothing for others. */
export function pathOf(url: string | undefined, ...types: readonly StorePlace['type'][]): string | undefined {
  const place = storePlace(url)
  return place && place.type !== 'postgres' && types.includes(place.type) ? place.path : undefined
}
