import { setTimeout as sleep } from 'node:timers/promises'
import type { Mark } from './merge-traces.ts'
import type { Window } from './statistics.ts'
import type { WorkerProcess } from './worker-process.ts'

/** What was done to the processes and when, in milliseconds since the epoch. */
export interface Disturbance {
  readonly killed: { readonly number: number; readonly pid: number; readonly atMs: number }
  readonly stopped: { readonly number: number; readonly pid: number; readonly window: Window }
  /** As long as the stop, directly before it, and with the same processes at work. */
  readonly before: Window
}

/**
 * Four quarters of equal length: all work; one process is killed and the rest work; another is stopped; it goes on.
 *
 * @param onPhase called with a sentence as each quarter begins.
 */
export async function disturb(
  workers: readonly WorkerProcess[],
  victims: { killed: WorkerProcess; stopped: WorkerProcess },
  seconds: number,
  onPhase: (text: string) => void,
  signal: AbortSignal,
): Promise<Disturbance> {
  const quarter = () => sleep((seconds * 1000) / 4, undefined, { signal })
  const { killed, stopped } = victims
  const survivors = workers.filter((worker) => worker !== killed)
  onPhase(`${workers.length} processes at work`)
  await quarter()

  const killedMs = nowMs()
  killed.signal('SIGKILL')
  const cause = await killed.ended
  if (cause !== 'SIGKILL')
    throw new Error(`Cannot go on: process ${killed.number} was to be killed and ended with ${cause}`)
  onPhase(`process ${killed.number} (pid ${killed.pid}) killed with SIGKILL`)
  await quarter()

  await tellAll(survivors, { type: 'sibling-stopped', pid: stopped.pid })
  const stoppedMs = nowMs()
  stopped.signal('SIGSTOP')
  onPhase(`process ${stopped.number} (pid ${stopped.pid}) stopped with SIGSTOP`)
  await quarter()

  const continuedMs = nowMs()
  stopped.signal('SIGCONT')
  await tellAll(survivors, { type: 'sibling-continued' })
  onPhase(`process ${stopped.number} (pid ${stopped.pid}) continued with SIGCONT`)
  await quarter()

  return {
    killed: { number: killed.number, pid: killed.pid, atMs: killedMs },
    stopped: { number: stopped.number, pid: stopped.pid, window: { from: stoppedMs, to: continuedMs } },
    before: { from: killedMs, to: stoppedMs },
  }
}

/** The disturbance as it shows in the trace. */
export function marksOf({ killed, stopped }: Disturbance): Mark[] {
  return [
    { label: `process ${killed.number} (pid ${killed.pid}) killed with SIGKILL`, atMs: killed.atMs },
    { label: `process ${stopped.number} (pid ${stopped.pid}) stopped with SIGSTOP`, atMs: stopped.window.from },
    { label: `process ${stopped.number} (pid ${stopped.pid}) continued with SIGCONT`, atMs: stopped.window.to },
  ]
}

async function tellAll(
  workers: readonly WorkerProcess[],
  command: Parameters<WorkerProcess['tell']>[0],
): Promise<void> {
  await Promise.all(workers.map((worker) => worker.tell(command)))
}

function nowMs(): number {
  return performance.timeOrigin + performance.now()
}
