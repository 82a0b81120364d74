import { type FileHandle, open } from 'node:fs/promises'
import { hostname } from 'node:os'
import { codeOf } from '../error-code.ts'
import { InspectorError } from '../inspector-error.ts'
import { type TraceRow, TraceText } from '../trace/trace-text.ts'

export interface TraceHead {
  readonly title: string
  /** Milliseconds since the epoch, to which the times of all events are relative. */
  readonly startMs: number
}

/**
 * Writes a trace file, one line per event. Whatever happens to this process, the file is valid up to its last whole line; one
 * that was closed ends with a count and a checksum.
 */
export class TraceWriter {
  readonly #file: FileHandle
  readonly #name: string
  readonly #startMs: number
  readonly #text = new TraceText()

  private constructor(file: FileHandle, name: string, startMs: number) {
    this.#file = file
    this.#name = name
    this.#startMs = startMs
  }

  /** @throws {InspectorError} `refused` when the file exists or cannot be created. */
  static async create(name: string, { title, startMs }: TraceHead): Promise<TraceWriter> {
    const file = await open(name, 'wx', 0o600).catch((cause: unknown) => {
      throw unwritable(name, cause)
    })
    const writer = new TraceWriter(file, name, startMs)
    const wall0 = new Date(startMs).toISOString()
    await writer.#append(writer.#text.head({ wall0, clock: 'wall', title, host: hostname() }))
    return writer
  }

  /** Events, gaps not among them. */
  get events(): number {
    return this.#text.events
  }

  /** Microseconds since the start. */
  timeOf(wallMs: number): number {
    return Math.round((wallMs - this.#startMs) * 1000)
  }

  /** @throws {InspectorError} `refused` when the disk takes no more. */
  async add(events: readonly TraceRow[]): Promise<void> {
    await this.#append(events.map((event) => this.#text.line(event)).join(''))
  }

  /** Writes the end, which a file lacks whose process died. */
  async close(nowMs: number): Promise<void> {
    try {
      await this.#append(this.#text.end(this.timeOf(nowMs)))
    } finally {
      await this.#file.close()
    }
  }

  // A crash in here leaves a part of a line at the end, which readers leave out.
  async #append(text: string): Promise<void> {
    await this.#file.appendFile(text).catch((cause: unknown) => {
      throw unwritable(this.#name, cause)
    })
  }
}

function unwritable(name: string, cause: unknown): InspectorError {
  const why =
    codeOf(cause) === 'EEXIST'
      ? 'it exists, expected a new file'
      : cause instanceof Error
        ? cause.message
        : String(cause)
  return new InspectorError('refused', `Cannot record to ${JSON.stringify(name)}: ${why}`, undefined, { cause })
}
