import type { Filesystem } from '@latchless/filesystem'

/** A filesystem whose first write of a path stops before it is sent, until it may go on. */
export function paused(filesystem: Filesystem, path: string) {
  const arrived = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  let isFirst = true
  const put: Filesystem['put'] = async (at, ...rest) => {
    if (at === path && isFirst) {
      isFirst = false
      arrived.resolve()
      await go.promise
    }
    return filesystem.put(at, ...rest)
  }
  const view = replacing(filesystem, { put })
  return { filesystem: view, arrived: arrived.promise, go: () => go.resolve() }
}

/** The filesystem with some members replaced. */
export function replacing(filesystem: Filesystem, members: Partial<Filesystem>): Filesystem {
  return new Proxy(filesystem, {
    get(target, name) {
      if (Object.hasOwn(members, name)) return members[name as keyof Filesystem]
      const member = Reflect.get(target, name, target) as unknown
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}
