import type { Change, WatchOptions } from '../filesystem.ts'
import { isBelow } from '../path.ts'
import { WatchAroundHidden } from './around-hidden.ts'
import type { Gate } from './gate.ts'
import { MergedWatch } from './merged-watch.ts'
import type { Route } from './route.ts'
import { inward } from './route.ts'
import { TranslatedWatch, untilClosed } from './translated-watch.ts'

/** The changes below a prefix over the routes that have paths there. Several routes have one cursor for all. */
export function routedWatch(
  gate: Gate,
  routes: readonly Route[],
  prefix: string,
  options: WatchOptions,
): AsyncIterable<Change> {
  const signals = options.signal ? [gate.closing, options.signal] : [gate.closing]
  const open = (route: Route, after: string | undefined, stop: readonly AbortSignal[]) => {
    const below = isBelow(route.at, prefix) ? route.at : prefix
    return watchOne(gate, route, below, { ...options, after, signal: AbortSignal.any([...stop, ...signals]) }, options)
  }
  const sources = routes.map((route) => ({
    name: route.at,
    open: (after: string | undefined, stop: AbortSignal) => open(route, after, [stop]),
  }))
  const [only] = routes
  return {
    [Symbol.asyncIterator]() {
      const isOne = only !== undefined && routes.length === 1
      const changes = isOne ? open(only, options.after, []) : new MergedWatch(sources, options.after)
      return untilClosed(changes, prefix, gate.closing)
    },
  }
}

function watchOne(
  gate: Gate,
  route: Route,
  prefix: string,
  passed: WatchOptions,
  { signal }: WatchOptions,
): TranslatedWatch {
  const inner = inward(route, prefix)
  const error = (failure: unknown) => gate.translate(failure, gate.callOf('watch', prefix, route, signal))
  const change = (told: Change): Change | undefined => {
    if (told.type === 'gap') return told
    const path = gate.outward('watch', prefix, route, told.path)
    return gate.table.shows(route, path) ? { ...told, path } : undefined
  }
  try {
    const hidesSome = gate.table.below(prefix).length > 0
    const changes = hidesSome
      ? new WatchAroundHidden(gate, route, inner, passed)
      : route.filesystem.watch(inner, passed)[Symbol.asyncIterator]()
    return new TranslatedWatch(changes, { change, error })
  } catch (failure) {
    throw error(failure)
  }
}
