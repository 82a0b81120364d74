import { stat } from 'node:fs/promises'
import { tailFile } from '../../../trace/tail-file.ts'
import { Trace } from '../../../trace/trace.ts'
import { STDIN, traceFiles } from '../../../trace/trace-files.ts'
import { TraceReader } from '../../../trace/trace-reader.ts'
import type { Host } from '../../screen.ts'

/** Looking at a trace anew takes time, of which it may have this share. */
const SHARE_OF_TIME = 0.1
const EVERY_MS_MIN = 1000

/** Reads traces while they grow. */
export class LiveTrace {
  readonly #host: Host
  readonly #grown: (trace: Trace) => void
  readonly #stop = new AbortController()
  #trace = new Trace()
  /** Files of which something is there that was not read: the trace is not what it was, or not yet. */
  #behind = new Set<string>()
  #isDue = false
  #everyMs = EVERY_MS_MIN

  /** `grown` is told at most once a second, and only of a trace that has all that the files have. */
  constructor(host: Host, grown: (trace: Trace) => void) {
    this.#host = host
    this.#grown = grown
  }

  /** Why these files cannot be followed; undefined when they can. */
  static refusal(files: readonly string[]): string | undefined {
    if (files.length === 0) return 'no trace is open'
    if (files.includes(STDIN)) return 'it came from the standard input'
    return files.some((file) => file.endsWith('.gz')) ? 'it is packed' : undefined
  }

  async follow(named: readonly string[]): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, this.#host.signal])
    const files = await traceFiles(named)
    while (!signal.aborted) await this.#readOnce(files, signal)
  }

  stop(): void {
    this.#stop.abort()
  }

  /** Until a file begins anew: what was read of it is in the trace, so that all of them are read into another. */
  async #readOnce(files: readonly string[], signal: AbortSignal): Promise<void> {
    const ending = new AbortController()
    this.#trace = new Trace()
    this.#behind = new Set(files)
    try {
      await Promise.all(files.map((file) => this.#follow(file, AbortSignal.any([ending.signal, signal]), ending)))
    } finally {
      ending.abort()
    }
  }

  async #follow(file: string, signal: AbortSignal, ending: AbortController): Promise<void> {
    const reader = new TraceReader(this.#trace, file)
    const isEmpty = await stat(file).then(
      ({ size }) => size === 0,
      () => true,
    )
    if (isEmpty) this.#behind.delete(file)
    let hasBegun = false
    for await (const { bytes, behind, left } of tailFile(file, { signal })) {
      if (signal.aborted) return
      if (behind === 'start' && hasBegun) {
        this.#behind.add(file)
        ending.abort()
        return
      }
      hasBegun = true
      reader.write(bytes)
      if (left === 0) this.#behind.delete(file)
      else this.#behind.add(file)
      this.#tell()
    }
  }

  #tell(): void {
    if (this.#isDue || this.#behind.size > 0) return
    this.#isDue = true
    this.#host.after(this.#everyMs, () => {
      this.#isDue = false
      // What is being read now tells again when it has been.
      if (this.#stop.signal.aborted || this.#behind.size > 0) return
      const startedMs = this.#host.nowMs()
      this.#grown(this.#trace)
      this.#everyMs = Math.max(EVERY_MS_MIN, (this.#host.nowMs() - startedMs) / SHARE_OF_TIME)
    })
  }
}
