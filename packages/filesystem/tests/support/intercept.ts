import type { Filesystem } from '@latchless/filesystem'

type Replacements = {
  [Member in 'capabilities' | 'get' | 'put' | 'delete']?: (
    original: Filesystem[Member],
    ...args: Parameters<Filesystem[Member]>
  ) => ReturnType<Filesystem[Member]>
}

/** The filesystem with some operations replaced; each replacement is given the original. */
export function intercept(filesystem: Filesystem, replacements: Replacements): Filesystem {
  return new Proxy(filesystem, {
    get(target, name) {
      const member = Reflect.get(target, name, target) as unknown
      if (typeof member !== 'function') return member
      const original = member.bind(target) as (...args: unknown[]) => unknown
      const replacement = replacements[name as keyof Replacements] as
        | ((original: unknown, ...args: unknown[]) => unknown)
        | undefined
      return replacement ? (...args: unknown[]) => replacement(original, ...args) : original
    },
  })
}
