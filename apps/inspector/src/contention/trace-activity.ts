import type { TraceLine } from '../trace/trace-line.ts'
import type { Activity } from './activity.ts'

/** Updates under way of which the key is remembered. */
const OPEN_MAX = 50_000

/** Makes activities of the lines of one trace file. */
export class TraceActivity {
  #startMs = Number.NaN
  /** The key of each update under way, since waits and ends do not name it. */
  readonly #keys = new Map<string, string>()

  of(line: TraceLine): Activity | undefined {
    switch (line.e) {
      case 'head':
        this.#startMs = line.wallUs / 1000
        this.#keys.clear()
        return undefined
      case 'op':
        this.#opened(line.op, line.key ?? '')
        return undefined
      case 'cas': {
        const { op, key, w: writer, out: outcome, ops } = line
        // The file may begin behind the start of an update.
        for (const each of ops ?? [op]) if (!this.#keys.has(each)) this.#opened(each, key)
        return { type: 'attempt', ...this.#span(line), key, writer, outcome, updates: ops?.length ?? 1 }
      }
      case 'wait':
        return {
          type: 'wait',
          ...this.#span(line),
          key: this.#keys.get(line.op) ?? '',
          writer: line.w,
          isAfterLoss: line.why === 'conflict',
        }
      case 'done':
        return this.#ended(line)
      case 'commit':
        return { type: 'commit', atMs: this.#atMs(line.t), key: line.key, writer: line.w, updates: 1 }
      case 'gap':
        return { type: 'gap', of: 'trace', atMs: this.#atMs(line.t), missing: line.n }
      case 'read':
      case 'mark':
      case 'end':
        return undefined
    }
  }

  #ended(line: Extract<TraceLine, { e: 'done' }>): Activity {
    const { op, w: writer, out: end, a: attempts } = line
    const key = this.#keys.get(op) ?? ''
    this.#keys.delete(op)
    return { type: 'update', ...this.#span(line), key, writer, end, attempts }
  }

  #opened(op: string, key: string): void {
    this.#keys.set(op, key)
    if (this.#keys.size <= OPEN_MAX) return
    for (const oldest of this.#keys.keys()) {
      this.#keys.delete(oldest)
      return
    }
  }

  /** An event belongs to the time when it ended. */
  #span({ t, d }: { readonly t: number; readonly d: number }): { atMs: number; ms: number } {
    return { ms: d / 1000, atMs: this.#atMs(t + d) }
  }

  #atMs(us: number): number {
    return this.#startMs + us / 1000
  }
}
