import { type Filesystem, replacing } from '@latchless/filesystem'

export interface Holdable {
  readonly filesystem: Filesystem
  /** The next put waits until the promise settles before its request goes to the store. */
  holdNextPut(until: Promise<void>): void
}

/** A filesystem of which one put can be held up, as by a network that delivers a request late. */
export function holdable(inner: Filesystem): Holdable {
  let held: Promise<void> | undefined
  const put = async (...parameters: Parameters<Filesystem['put']>) => {
    const until = held
    held = undefined
    if (until) await until
    return inner.put(...parameters)
  }
  return {
    filesystem: replacing(inner, { put }),
    holdNextPut(until) {
      held = until
    },
  }
}
