import { createHash } from 'node:crypto'
import { jsonLine } from '../output/json-text.ts'

/** One line of a trace file. */
export type TraceRow = Readonly<Record<string, unknown>> & { readonly e: string }

export interface TraceTextHead {
  /** As the `wall0` of the head says it: times of events are relative to it. */
  readonly wall0: string
  readonly clock: 'monotonic' | 'wall'
  readonly title: string
  readonly host?: string | undefined
  /** The process whose clock all times are of; absent when there are several. */
  readonly pid?: number | undefined
}

/** The text of a trace file, line by line: it knows what the end has to say of the lines before it. */
export class TraceText {
  readonly #hash = createHash('sha256')
  #events = 0

  /** Events, gaps not among them. */
  get events(): number {
    return this.#events
  }

  head({ wall0, clock, title, host, pid }: TraceTextHead): string {
    return this.#hashed(
      jsonLine({ e: 'head', format: 'cas-trace', v: 1, unit: 'us', wall0, clock, host, pid, values: 'none', title }),
    )
  }

  line(row: TraceRow): string {
    if (row.e !== 'gap') this.#events++
    return this.#hashed(jsonLine(row))
  }

  /** Nothing may follow. */
  end(t: number): string {
    return jsonLine({ e: 'end', n: this.#events, t, sha256: this.#hash.digest('hex') })
  }

  #hashed(line: string): string {
    this.#hash.update(line)
    return line
  }
}
