export interface TraceRecorder extends AsyncDisposable {
  /** Flushes, writes the footer and stops recording. */
  close(): Promise<void>
}

/** Records every `casUpdate` of this process into `file` as JSON lines until closed. */
export async function recordTrace(file: string): Promise<TraceRecorder> {
  throw new Error(`Not yet: ${file}`)
}
