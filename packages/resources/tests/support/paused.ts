import { type Filesystem, replacing } from '@latchless/filesystem'

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
