import type { Wait } from './backoff.ts'
import type { Head, Writer } from './filesystem.ts'
import type { Runtime } from './runtime.ts'
import type { AttemptOutcome, TraceEvent, WaitReason } from './trace-event.ts'
import { traceChannel, writerName } from './trace-event.ts'
import { sequenceOf } from './version.ts'
import { processWriter } from './writer.ts'

/** Publishes the events of one update. Does nothing when nobody listened as it began. */
export class UpdateTrace {
  readonly #path: string
  readonly #runtime: Runtime
  readonly #on: boolean
  readonly #op: string
  readonly #writer: string
  readonly #startUs: number

  constructor(path: string, options: { opId?: string | undefined; writer?: Writer | undefined }, runtime: Runtime) {
    this.#path = path
    this.#runtime = runtime
    this.#on = traceChannel.hasSubscribers
    this.#op = this.#on ? (options.opId ?? runtime.randomHex(8)) : ''
    this.#writer = this.#on ? writerName(options.writer ?? processWriter()) : ''
    this.#startUs = this.#on ? this.#nowUs() : 0
  }

  begin(timeoutMs: number): void {
    if (!this.#on) return
    const deadline = this.#startUs + Math.round(timeoutMs * 1000)
    this.#publish({ e: 'op', t: this.#startUs, ...this.#who(), kind: 'update', keys: [this.#path], deadline })
  }

  read(startedMs: number, attempt: number, head: Head): void {
    if (!this.#on) return
    const size = head.state === 'live' ? head.info.size : 0
    this.#publish({
      e: 'read',
      ...this.#span(startedMs),
      ...this.#who(),
      a: attempt,
      key: this.#path,
      ver: numberOf(head),
      size,
    })
  }

  /** `folded` updates were one write; this one, the first of them, tells of it for all. */
  cas(
    startedMs: number,
    attempt: number,
    base: Head,
    write: string,
    out: AttemptOutcome,
    winner?: Head,
    folded?: readonly UpdateTrace[],
  ): void {
    if (!this.#on) return
    this.#publish({
      e: 'cas',
      ...this.#span(startedMs),
      ...this.#who(),
      a: attempt,
      key: this.#path,
      base: numberOf(base),
      next: numberOf(base) + 1,
      write,
      out,
      ...(winner ? lossOf(winner) : {}),
      ...(folded && folded.length > 1 ? { ops: folded.map((trace) => trace.#op) } : {}),
    })
  }

  wait(startedMs: number, attempt: number, why: WaitReason, wait: Wait): void {
    if (!this.#on) return
    const [lo, hi, plan] = [wait.lowMs, wait.highMs, wait.planMs].map((ms) => Math.round(ms * 1000)) as [
      number,
      number,
      number,
    ]
    this.#publish({ e: 'wait', ...this.#span(startedMs), ...this.#who(), a: attempt, why, lo, hi, plan })
  }

  done(out: string, attempts: number): void {
    if (!this.#on) return
    const d = this.#nowUs() - this.#startUs
    this.#publish({ e: 'done', t: this.#startUs, d, ...this.#who(), out, a: attempts })
  }

  #who(): { op: string; w: string } {
    return { op: this.#op, w: this.#writer }
  }

  #span(startedMs: number): { t: number; d: number } {
    const t = Math.round(startedMs * 1000)
    return { t, d: this.#nowUs() - t }
  }

  #nowUs(): number {
    return Math.round(this.#runtime.monotonicMs() * 1000)
  }

  #publish(event: TraceEvent): void {
    traceChannel.publish(event)
  }
}

function numberOf(head: Head): number {
  return head.state === 'unwritten' ? 0 : sequenceOf(head.version)
}

function lossOf(winner: Head): { cur: number; by?: string; byWrite?: string; size?: number } {
  if (winner.state === 'unwritten') return { cur: 0 }
  const { writer, writeId, size } = winner.info
  return { cur: sequenceOf(winner.version), by: writerName(writer), byWrite: writeId, size }
}
