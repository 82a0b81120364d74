import { Buffer } from 'node:buffer'
import { type FSWatcher, watch } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { pause } from '../pause.ts'

export interface TailOptions {
  readonly signal: AbortSignal
  /** Read only so many bytes of the end, behind the first piece. Default: everything. */
  readonly lastBytes?: number
  /** Go on when the end is reached. Default true. */
  readonly follow?: boolean
}

/** Bytes of a file. */
export interface FilePiece {
  readonly bytes: Uint8Array
  /** What they stand behind: the piece before, nothing because a file begins, or something that was left out. */
  readonly behind: 'piece' | 'start' | 'gap'
  /** How many more bytes there were when it was read. */
  readonly left: number
}

const CHUNK_BYTES = 256 * 1024
/** A recorder appends line by line; what comes within this time is read as one. */
const GATHER_MS = 100
/** Some file systems tell of no changes, so the size is looked at too. */
const LOOK_MS = 2000

/**
 * The bytes of a file, and those that are appended to it, until the signal fires. A file that got shorter, or was replaced by
 * another, is read from its start; one that does not exist (yet) is waited for.
 */
export async function* tailFile(file: string, options: TailOptions): AsyncGenerator<FilePiece, void> {
  const { signal, follow = true } = options
  using growth = new Growth(file, signal)
  const tail = new Tail(file, options.lastBytes ?? Number.POSITIVE_INFINITY)
  try {
    while (!signal.aborted) {
      const piece = await tail.next()
      if (piece) yield piece
      else if (follow) await growth.next()
      else return
    }
  } finally {
    await tail.close()
  }
}

/** One reader: where it is in which file. */
class Tail {
  readonly #file: string
  readonly #lastBytes: number
  #handle: FileHandle | undefined
  #identity = ''
  #position = 0
  #behind: FilePiece['behind'] = 'start'

  constructor(file: string, lastBytes: number) {
    this.#file = file
    this.#lastBytes = lastBytes
  }

  /** Undefined when nothing more is there now. */
  async next(): Promise<FilePiece | undefined> {
    const status = await stat(this.#file).catch(() => undefined)
    if (!status) return undefined
    const identity = `${status.dev}:${status.ino}`
    if (identity !== this.#identity || status.size < this.#position) await this.#restart(identity)
    if (status.size <= this.#position) return undefined
    this.#handle ??= await open(this.#file, 'r')
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, status.size - this.#position))
    const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, this.#position)
    if (bytesRead === 0) return undefined
    this.#position += bytesRead
    const left = status.size - this.#position
    const piece: FilePiece = { bytes: buffer.subarray(0, bytesRead), behind: this.#behind, left }
    const rest = status.size - this.#lastBytes
    const isSkipped = this.#behind === 'start' && rest > this.#position
    if (isSkipped) this.#position = rest
    this.#behind = isSkipped ? 'gap' : 'piece'
    return piece
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }

  async #restart(identity: string): Promise<void> {
    await this.close()
    this.#identity = identity
    this.#position = 0
    this.#behind = 'start'
  }
}

/** Tells when a file may have grown. */
class Growth implements Disposable {
  readonly #signal: AbortSignal
  readonly #watcher: FSWatcher | undefined
  #grown = new AbortController()

  constructor(file: string, signal: AbortSignal) {
    this.#signal = signal
    const name = basename(file)
    // The directory, because a file that takes the place of another is another file.
    this.#watcher = watcherOf(dirname(resolve(file)), (changed) => {
      if (changed === null || changed === name) this.#grown.abort()
    })
  }

  async next(): Promise<void> {
    await pause(LOOK_MS, AbortSignal.any([this.#signal, this.#grown.signal]))
    if (this.#grown.signal.aborted) await pause(GATHER_MS, this.#signal)
    this.#grown = new AbortController()
  }

  [Symbol.dispose](): void {
    this.#watcher?.close()
  }
}

function watcherOf(directory: string, changed: (name: string | null) => void): FSWatcher | undefined {
  try {
    const watcher = watch(directory, (_event, name) => changed(name))
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}
