import type { TraceEvent } from '../trace-event.ts'
import { traceChannel } from '../trace-event.ts'
import type { Observer } from './observer.ts'

const MICROSECONDS = 1e6

/**
 * Tells an observer of every `casUpdate` of this process that begins from now on, over whatever filesystem, until disposed.
 *
 * ```ts
 * using observing = observeUpdates(metrics)
 * ```
 */
export function observeUpdates(observer: Observer): Disposable {
  const onEvent = (message: unknown): void => tell(observer, message as TraceEvent)
  traceChannel.subscribe(onEvent)
  return {
    [Symbol.dispose]: () => {
      traceChannel.unsubscribe(onEvent)
    },
  }
}

function tell(observer: Observer, event: TraceEvent): void {
  switch (event.e) {
    case 'cas':
      return observer.attemptEnded(event.out)
    case 'wait':
      return observer.updateWaited(event.why, event.d / MICROSECONDS)
    case 'done':
      return observer.updateEnded({ outcome: event.out, seconds: event.d / MICROSECONDS, attempts: event.a })
    case 'op':
    case 'read':
  }
}
