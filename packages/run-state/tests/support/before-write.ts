import { type Filesystem, replacing } from '@latchless/filesystem'

/**
 * A view of the filesystem in which `compete` runs to its end right before the first write below `root`: whoever writes through
 * the view has read by then, and has not written.
 */
export function beforeFirstWrite(filesystem: Filesystem, root: string, compete: () => Promise<unknown>): Filesystem {
  let competing: Promise<unknown> | undefined
  return aroundWrites(filesystem, async (path, write) => {
    // Every write waits for it: on a slow machine the first one is sent again meanwhile.
    if (path.startsWith(root)) await (competing ??= compete())
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
  return replacing(filesystem, { put, transact })
}

/** A view of the filesystem that has no transactions, and says so. */
export function withoutTransact(filesystem: Filesystem): Filesystem {
  return replacing(filesystem, {
    capabilities: (path) => ({ ...filesystem.capabilities(path), transact: false }),
    transact: async () => Promise.reject(new Error('Cannot transact: it says it does not')),
  })
}
