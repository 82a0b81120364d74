import { PassThrough, Writable } from 'node:stream'
import type { ReadStream, WriteStream } from 'node:tty'

// Synchronized output (DEC private mode 2026).
const FRAME_BEGINS = '\u001b[?2026h'
const FRAME_ENDS = '\u001b[?2026l'

/** A terminal that draws nothing: it only tells when a frame has come. */
export class FakeTerminal {
  readonly stdin: ReadStream
  readonly stdout: WriteStream
  frames = 0
  #written = ''
  readonly #keys = new PassThrough()

  constructor(columns: number, rows: number) {
    const keyboard = { isTTY: true, setRawMode: () => {}, ref: () => {}, unref: () => {} }
    this.stdin = Object.assign(this.#keys, keyboard) as unknown as ReadStream
    const sink = new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        this.#written = (this.#written + chunk).slice(-100_000)
        // A frame comes between two marks of its own.
        if (chunk !== FRAME_BEGINS && chunk !== FRAME_ENDS) this.frames++
        done()
      },
    })
    this.stdout = Object.assign(sink, { isTTY: true, columns, rows }) as unknown as WriteStream
  }

  type(bytes: string): void {
    this.#keys.write(bytes)
  }

  async shows(text: string): Promise<void> {
    while (!this.#written.includes(text)) await new Promise(setImmediate)
  }
}
