import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for some time, or until the signal fires, whichever is first. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {})
}
