import { type Channel, channel } from 'node:diagnostics_channel'
import type { Writer } from './filesystem.ts'

/** How one attempt at a write ended. `unknown` may have landed and is resolved by a later `cas` of the same attempt. */
export type AttemptOutcome = 'won' | 'lost' | 'busy' | 'unknown' | 'error'

/** Why an update waits. `yield`: it has won on a contended record and leaves it to others. */
export type WaitReason = 'conflict' | 'busy' | 'unknown' | 'yield'

/**
 * What `casUpdate` publishes. `t` and `d` are start and duration in whole microseconds of the runtime's monotonic clock;
 * `op` names the update over all its attempts, `w` the writer, `a` the attempt from 1, `key` the path.
 */
export type TraceEvent =
  | {
      readonly e: 'op'
      readonly t: number
      readonly op: string
      readonly w: string
      readonly kind: 'update'
      readonly keys: readonly string[]
      /** When the update gives up, on the clock of `t`. */
      readonly deadline: number
    }
  | {
      readonly e: 'read'
      readonly t: number
      readonly d: number
      readonly op: string
      readonly w: string
      readonly a: number
      readonly key: string
      /** Sequence of the head; 0 when never written. */
      readonly ver: number
      readonly size: number
    }
  | {
      readonly e: 'cas'
      readonly t: number
      readonly d: number
      readonly op: string
      readonly w: string
      readonly a: number
      readonly key: string
      /** Sequence the write was conditioned on, and the one it would create. */
      readonly base: number
      readonly next: number
      readonly write: string
      readonly out: AttemptOutcome
      /** The updates that the write folds, where there are several; `op` is the first of them. */
      readonly ops?: readonly string[]
      /** After a loss: the head found, who wrote it, and with which write. */
      readonly cur?: number
      readonly by?: string
      readonly byWrite?: string
      readonly size?: number
    }
  | {
      readonly e: 'wait'
      readonly t: number
      readonly d: number
      readonly op: string
      readonly w: string
      readonly a: number
      readonly why: WaitReason
      /** Range the planned wait was drawn from, and the plan, in microseconds. */
      readonly lo: number
      readonly hi: number
      readonly plan: number
    }
  | {
      readonly e: 'done'
      readonly t: number
      readonly d: number
      readonly op: string
      readonly w: string
      /** `ok`, `noop`, `replayed`, or the code of the error. */
      readonly out: string
      readonly a: number
    }

/** The `node:diagnostics_channel` on which every {@link TraceEvent} is published. Costs one branch when nobody listens. */
export const traceChannel: Channel = channel('latchless:trace')

/** How a writer is named in traces. */
export function writerName(writer: Writer): string {
  return `${writer.service}@${writer.host}/${writer.pid}`
}
