import { setTimeout as sleep } from 'node:timers/promises'

/** The loop that most programs write around a conditional write: jittered waits from 2 to 50 ms, 32 tries. */
const TRIES_MAX = 32
const BACKOFF_MIN_MS = 2
const BACKOFF_MAX_MS = 50

/** Calls `attempt` until it resolves with true. */
export async function retryWithBackoff(engine: string, attempt: (tries: number) => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    if (await attempt(tries)) return
    const ceilingMs = Math.min(BACKOFF_MAX_MS, 2 * BACKOFF_MIN_MS * 2 ** tries)
    await sleep(ceilingMs / 2 + (Math.random() * ceilingMs) / 2)
  }
  throw new Exhausted(engine)
}

/** Every try lost against another writer, so nothing was written. */
class Exhausted extends Error {
  readonly retry = 'safe'

  constructor(engine: string) {
    super(`Cannot update with ${engine}: ${TRIES_MAX} tries were lost`)
  }
}

/** Lets the event loop serve others first. A synchronous driver calls it, as its caller would arrive by an event. */
export function eventTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
