import type { Filesystem } from '@latchless/filesystem'

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
  const filesystem = new Proxy(inner, {
    get(target, name) {
      if (name === 'put') return put
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  return {
    filesystem,
    holdNextPut(until) {
      held = until
    },
  }
}
