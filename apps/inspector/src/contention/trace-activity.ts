import type { TraceLine } from '../trace/trace-line.ts'
import type { Activity } from './activity.ts'

/** Updates under way that are remembered. */
const OPEN_MAX = 50_000

interface OpenUpdate {
  readonly key: string
  readonly writer: string
}

/** Makes activities of the lines of one trace file. */
export class TraceActivity {
  #startMs = Number.NaN
  /** The key and the writer of each update under way: waits and ends do not name the first, folded writes not the second. */
  readonly #open = new Map<string, OpenUpdate>()

  /** Whether it is known when things happened. */
  get hasHead(): boolean {
    return !Number.isNaN(this.#startMs)
  }

  of(line: TraceLine): Activity | undefined {
    // A part of a trace tells of the time before it, so that updates under way are understood; they count where they ended.
    if (line.e !== 'op' && 't' in line && line.t + ('d' in line ? line.d : 0) < 0) return undefined
    switch (line.e) {
      case 'head':
        this.#startMs = line.wallUs / 1000
        this.#open.clear()
        return undefined
      case 'op':
        this.#opened(line.op, { key: line.key ?? '', writer: line.w })
        return undefined
      case 'cas': {
        const { op, key, w: writer, out: outcome, ops } = line
        // The file may begin behind the start of an update.
        for (const each of ops ?? [op]) if (!this.#open.has(each)) this.#opened(each, { key, writer })
        const updates = ops?.length ?? 1
        const updateWriters = ops?.map((each) => this.#open.get(each)?.writer ?? writer) ?? [writer]
        return { type: 'attempt', ...this.#span(line), key, writer, outcome, updates, updateWriters }
      }
      case 'wait':
        return {
          type: 'wait',
          ...this.#span(line),
          key: this.#open.get(line.op)?.key ?? '',
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
      case 'key':
      case 'mark':
      case 'end':
        return undefined
    }
  }

  #ended(line: Extract<TraceLine, { e: 'done' }>): Activity {
    const { op, w: writer, out: end, a: attempts } = line
    const key = this.#open.get(op)?.key ?? ''
    this.#open.delete(op)
    return { type: 'update', ...this.#span(line), key, writer, end, attempts }
  }

  #opened(op: string, update: OpenUpdate): void {
    this.#open.set(op, update)
    if (this.#open.size <= OPEN_MAX) return
    for (const oldest of this.#open.keys()) {
      this.#open.delete(oldest)
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
