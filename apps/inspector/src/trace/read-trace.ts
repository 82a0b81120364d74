import { codeOf } from '../error-code.ts'
import { isCutShort, STDIN, traceBytes, traceFiles, unreadable } from './trace-files.ts'
import { TraceReader, type TraceWindow } from './trace-reader.ts'
import { Trace } from './trace.ts'

/** The window is kept to where one file is read; with several, all of them are. */
export interface ReadTraceOptions extends TraceWindow {
  readonly signal?: AbortSignal | undefined
  /** What `-` reads. Default: that of the process. */
  readonly stdin?: AsyncIterable<Uint8Array> | undefined
  /** Told now and then how many events there are so far. */
  readonly onProgress?: ((events: number) => void) | undefined
}

/**
 * Reads traces into one: files, directories of `*.castrace.jsonl`, `-` for the standard input; names that end in `.gz` are
 * unpacked. What is wrong inside a file becomes a problem of the trace, and the rest of it is read.
 *
 * @throws {InspectorError} `not-found` when a file cannot be read at all, `refused` when there is more than fits.
 */
export async function readTrace(files: readonly string[], options: ReadTraceOptions = {}): Promise<Trace> {
  const trace = new Trace()
  const found = await traceFiles(files)
  // Only one file has one head to count from.
  const window = found.length === 1 ? { fromUs: options.fromUs, toUs: options.toUs } : {}
  for (const file of found) await readInto(trace, file, window, options)
  return trace
}

async function readInto(
  trace: Trace,
  file: string,
  window: TraceWindow,
  { signal, onProgress, stdin }: ReadTraceOptions,
): Promise<void> {
  const reader = new TraceReader(trace, file, window)
  const bytes = file === STDIN && stdin ? stdin : traceBytes(file, signal)
  const chunks = bytes[Symbol.asyncIterator]()
  for (;;) {
    const chunk = await chunks.next().catch((error: unknown) => {
      signal?.throwIfAborted()
      if (isCutShort(error)) return undefined
      if (isPacking(error)) {
        trace.addProblem({ kind: 'unreadable', file, line: undefined, message: 'it cannot be unpacked' })
        return undefined
      }
      throw unreadable(file, error)
    })
    if (chunk === undefined || chunk.done === true) break
    reader.write(chunk.value)
    onProgress?.(trace.count)
    if (!reader.isGivenUp) continue
    await chunks.return?.()
    break
  }
  reader.end()
}

function isPacking(error: unknown): boolean {
  return String(codeOf(error)).startsWith('Z_')
}
