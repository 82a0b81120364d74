import type { Filesystem } from '@latchless/filesystem'

/**
 * A view of the filesystem in which `compete` runs to its end right before the first write below `root`: whoever writes through
 * the view has read by then, and has not written.
 */
export function beforeFirstWrite(filesystem: Filesystem, root: string, compete: () => Promise<unknown>): Filesystem {
  let isFirst = true
  return aroundWrites(filesystem, async (path, write) => {
    if (isFirst && path.startsWith(root)) {
      isFirst = false
      await compete()
    }
    return write()
  })
}

/** A view of the filesystem in which `around` decides over every put, and over each record that a transaction puts. */
export function aroundWrites(
  filesystem: Filesystem,
  around: <R>(path: string, write: () => Promise<R>) => Promise<R>,
): Filesystem {
  const put: Filesystem['put'] = async (path, ...rest) => around(path, async () => filesystem.put(path, ...rest))
  const transact: Filesystem['transact'] = async (steps, ...rest) =>
    around(steps[0]?.path ?? '/', async () => filesystem.transact(steps, ...rest))
  return new Proxy(filesystem, {
    get(target, name) {
      if (name === 'put') return put
      if (name === 'transact') return transact
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}

/** A view of the filesystem that has no transactions, and says so. */
export function withoutTransact(filesystem: Filesystem): Filesystem {
  return new Proxy(filesystem, {
    get(target, name) {
      if (name === 'capabilities') return (path: string) => ({ ...target.capabilities(path), transact: false })
      if (name === 'transact') return async () => Promise.reject(new Error('Cannot transact: it says it does not'))
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}
