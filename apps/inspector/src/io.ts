/** A stream to print to. */
export interface Sink {
  readonly isTTY: boolean
  /**
   * Resolves when the stream takes more.
   *
   * @throws {OutputClosedError} when the reader has gone.
   */
  write(chunk: string | Uint8Array): Promise<void>
}

/** Everything a run of the inspector takes from its process, so that tests can run it in theirs. */
export interface Io {
  readonly stdout: Sink
  readonly stderr: Sink
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The reader of stdout is gone, as after `| head`. Nothing is wrong. */
export class OutputClosedError extends Error {
  static {
    this.prototype.name = 'OutputClosedError'
  }
}
