import type { Filesystem } from '@latchless/filesystem'

/** A backend on which stores are tested. */
export interface TestBackend {
  readonly name: 'memory' | 'local' | 'sqlite' | 'postgres'
  /** Whether other processes can open the same store. */
  readonly crossProcess: boolean
  /** An empty store that nobody else knows. */
  readonly fresh: () => Promise<TestStore>
}

export interface TestStore extends AsyncDisposable {
  /** Where another process opens the same store with `openFilesystem`; `undefined` when none can. */
  readonly url: string | undefined
  /** One more handle on the store, as another process would have it; of a store in memory there is only the one. */
  open(): Promise<Filesystem>
  /** Everywhere that the store keeps bytes. */
  places(): AsyncIterable<Place>
  /** Closes every handle and removes what is stored. */
  close(): Promise<void>
}

/** One place where a store keeps bytes, such as a file or the rows of a table. */
export interface Place {
  readonly name: string
  readonly bytes: Uint8Array
}

/** The handles on one store, so that all of them can be closed. */
export class Handles {
  readonly #opened: Filesystem[] = []

  keep<F extends Filesystem>(filesystem: F): F {
    this.#opened.push(filesystem)
    return filesystem
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map(async (each) => await each.close()))
  }
}
