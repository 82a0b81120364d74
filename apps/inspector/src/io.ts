import type { ReadStream, WriteStream } from 'node:tty'

/** A stream to print to. */
export interface Sink {
  readonly isTTY: boolean
  /** Cells of a line, where it is a terminal. */
  readonly columns?: number | undefined
  /**
   * Resolves when the stream takes more.
   *
   * @throws {OutputClosedError} when the reader has gone.
   */
  write(chunk: string | Uint8Array): Promise<void>
}

/** What is piped into the process, or typed. Nothing is read of it before it is iterated. */
export interface Source extends AsyncIterable<Uint8Array> {
  readonly isTTY: boolean
}

/** A terminal to draw on and to take keys from. */
export interface Terminal extends Disposable {
  readonly stdin: ReadStream
  readonly stdout: WriteStream
}

/** Everything a run of the inspector takes from its process, so that tests can run it in theirs. */
export interface Io {
  readonly stdout: Sink
  readonly stderr: Sink
  readonly stdin: Source
  readonly env: Readonly<Record<string, string | undefined>>
  /** The working directory, where the search for a configuration starts. */
  readonly cwd: string
  /** The terminal of the process, also where stdin is a pipe; undefined where there is none. */
  openTerminal(): Terminal | undefined
  /** Asks the person at the terminal for a line; undefined where nobody is there to answer. */
  ask(question: string): Promise<string | undefined>
}

/** The reader of stdout is gone, as after `| head`. Nothing is wrong. */
export class OutputClosedError extends Error {
  static {
    this.prototype.name = 'OutputClosedError'
  }
}
