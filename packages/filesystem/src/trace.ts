import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { hostname } from 'node:os'
import { finished } from 'node:stream/promises'
import { FilesystemError } from './errors.ts'
import type { Runtime } from './runtime.ts'
import { systemRuntime } from './runtime.ts'
import type { TraceEvent } from './trace-event.ts'
import { traceChannel } from './trace-event.ts'

/** Bytes that may wait for a slow disk before events are dropped and counted in a `gap`. */
const BACKLOG_BYTES_MAX = 16 * 1024 * 1024

export interface TraceOptions {
  readonly title?: string | undefined
  readonly runtime?: Runtime | undefined
}

export interface TraceRecorder extends AsyncDisposable {
  /** Writes what is pending and the footer, and stops recording. */
  close(): Promise<void>
}

/**
 * Records every `casUpdate` of this process into a new file until closed: one JSON object a line, a `head` first, complete
 * spans in the order of their ends, an `end` with a count and a checksum last. Times are microseconds since `wall0` of the
 * head on the monotonic clock. A file without an `end` belongs to a process that died; it is still valid up to its last
 * line. Record values are never recorded.
 *
 * @throws {FilesystemError} `unavailable` when the file exists or cannot be created.
 */
export async function recordTrace(file: string, options: TraceOptions = {}): Promise<TraceRecorder> {
  const runtime = options.runtime ?? systemRuntime
  const stream = createWriteStream(file, { flags: 'wx', mode: 0o600 })
  await opened(stream, file)
  const recording = new Recording(stream, runtime)
  recording.start(options.title)
  const close = (): Promise<void> => recording.close()
  return { close, [Symbol.asyncDispose]: close }
}

class Recording {
  readonly #stream: WriteStream
  readonly #runtime: Runtime
  readonly #startUs: number
  readonly #hash = createHash('sha256')
  #events = 0
  #dropped = 0
  #lastUs = 0
  #closing: Promise<void> | undefined

  constructor(stream: WriteStream, runtime: Runtime) {
    this.#stream = stream
    this.#runtime = runtime
    this.#startUs = Math.round(runtime.monotonicMs() * 1000)
  }

  start(title: string | undefined): void {
    this.#writeLine({
      e: 'head',
      format: 'cas-trace',
      v: 1,
      unit: 'us',
      wall0: new Date(this.#runtime.wallMs()).toISOString(),
      clock: 'monotonic',
      host: hostname(),
      pid: process.pid,
      values: 'none',
      ...(title === undefined ? {} : { title }),
    })
    // A full disk ends the recording, never the service: the file then has no `end`.
    this.#stream.on('error', () => traceChannel.unsubscribe(this.#onEvent))
    traceChannel.subscribe(this.#onEvent)
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish()
    return this.#closing
  }

  readonly #onEvent = (message: unknown): void => {
    const event = message as TraceEvent
    if (this.#stream.writableLength > BACKLOG_BYTES_MAX) {
      this.#dropped++
      return
    }
    this.#reportDropped()
    const t = event.t - this.#startUs
    this.#lastUs = t + ('d' in event ? event.d : 0)
    this.#events++
    this.#writeLine({ ...event, t, ...('deadline' in event ? { deadline: event.deadline - this.#startUs } : {}) })
  }

  async #finish(): Promise<void> {
    traceChannel.unsubscribe(this.#onEvent)
    this.#reportDropped()
    const t = Math.round(this.#runtime.monotonicMs() * 1000) - this.#startUs
    const end = { e: 'end', n: this.#events, t, sha256: this.#hash.digest('hex') }
    this.#stream.end(`${JSON.stringify(end)}\n`)
    await finished(this.#stream)
  }

  #reportDropped(): void {
    if (this.#dropped > 0) this.#writeLine({ e: 'gap', t: this.#lastUs, n: this.#dropped, why: 'backlog' })
    this.#dropped = 0
  }

  #writeLine(event: object): void {
    const line = `${JSON.stringify(event)}\n`
    this.#hash.update(line)
    this.#stream.write(line)
  }
}

async function opened(stream: WriteStream, file: string): Promise<void> {
  try {
    await once(stream, 'open')
  } catch (cause) {
    throw new FilesystemError(
      'unavailable',
      `Cannot record a trace to ${JSON.stringify(file)}: expected a new file in a writable directory`,
      { cause, retry: 'never' },
    )
  }
}
