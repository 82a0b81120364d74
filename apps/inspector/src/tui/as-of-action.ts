import { parseInstant } from '../model/instant.ts'
import type { Action } from './action.ts'
import type { Host } from './screen.ts'

/** How a screen takes another time to look at. */
export interface TimeTraveller {
  /** Why it cannot show what was stored earlier. */
  readonly cannotGoBack: string | undefined
  /** To a time, or with undefined to now. */
  travel(timeMs: number | undefined): void
}

/** `:asof` of every screen. That it ends can be said anywhere, for it is for all of them. */
export function asOfAction(host: Host, screen: TimeTraveller): Action {
  const take = (text: string): void => {
    const time = text.trim()
    if (time === 'now') host.asOfMs = undefined
    else if (screen.cannotGoBack !== undefined) {
      throw new RangeError(`Cannot show what was stored at ${JSON.stringify(time)}: ${screen.cannotGoBack}`)
    }
    screen.travel(time === 'now' ? undefined : parseInstant(time, host.nowMs()))
    host.changed()
  }
  return {
    name: 'show what was stored at an earlier time',
    keys: [],
    synonyms: ['time travel', 'past'],
    unavailable: screen.cannotGoBack,
    run: () => host.ask({ label: 'as of', answer: take }),
    command: { word: 'asof', argument: '-5m, 14:30, 2026-11-21T14:30Z or now', take },
  }
}
