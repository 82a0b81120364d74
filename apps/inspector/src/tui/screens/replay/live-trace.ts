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
  readonly #trace = new Trace()
  readonly #stop = new AbortController()
  #isDue = false
  #everyMs = EVERY_MS_MIN

  /** `grown` is told at most once a second. */
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
    await Promise.all(files.map((file) => this.#follow(file, signal)))
  }

  stop(): void {
    this.#stop.abort()
  }

  async #follow(file: string, signal: AbortSignal): Promise<void> {
    let reader = new TraceReader(this.#trace, file)
    for await (const { bytes, behind } of tailFile(file, { signal })) {
      if (behind === 'start') reader = new TraceReader(this.#trace, file)
      reader.write(bytes)
      this.#tell()
    }
  }

  #tell(): void {
    if (this.#isDue) return
    this.#isDue = true
    this.#host.after(this.#everyMs, () => {
      this.#isDue = false
      if (this.#stop.signal.aborted) return
      const startedMs = this.#host.nowMs()
      this.#grown(this.#trace)
      this.#everyMs = Math.max(EVERY_MS_MIN, (this.#host.nowMs() - startedMs) / SHARE_OF_TIME)
    })
  }
}
