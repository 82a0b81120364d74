import { type Filesystem, replacing } from '@latchless/filesystem'

type Replacements = {
  [Member in 'capabilities' | 'get' | 'put' | 'delete']?: (
    original: Filesystem[Member],
    ...args: Parameters<Filesystem[Member]>
  ) => ReturnType<Filesystem[Member]>
}

/** The filesystem with some operations replaced; each replacement is given the original. */
export function intercept(filesystem: Filesystem, replacements: Replacements): Filesystem {
  const members = Object.entries(replacements).map(([name, replacement]) => {
    const original = (filesystem[name as keyof Replacements] as (...args: unknown[]) => unknown).bind(filesystem)
    const replaced = replacement as (original: unknown, ...args: unknown[]) => unknown
    return [name, (...args: unknown[]) => replaced(original, ...args)]
  })
  return replacing(filesystem, Object.fromEntries(members) as Partial<Filesystem>)
}
