import { closedError } from './refusals.ts'

/** Whether something is open, for what is in front of a filesystem: closed once, it stays closed. */
export class Closable {
  readonly #closing = new AbortController()

  /** Fires when it is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  close(): void {
    this.#closing.abort()
  }

  /** @throws {FilesystemError} `closed`. */
  checkOpen(operation: string, path: string): void {
    if (this.closing.aborted) throw closedError(operation, path)
  }
}
