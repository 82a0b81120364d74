import type { Filesystem } from './filesystem.ts'

/** The filesystem with some of its members replaced; the others are its own. */
export function replacing(filesystem: Filesystem, members: Partial<Filesystem>): Filesystem {
  return new Proxy(filesystem, {
    get(target, name) {
      if (Object.hasOwn(members, name)) return members[name as keyof Filesystem]
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}
