import type { Progress } from './storm.ts'

const ERASE_LINE = '\r\u001b[K'

/** Shows progress: one line that is rewritten on a terminal, one line a phase elsewhere. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream
  #phase = ''

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  show({ elapsedSeconds, acknowledged, phase }: Progress): void {
    const changed = phase !== undefined
    if (changed) this.#phase = phase
    const line = `${elapsedSeconds.toFixed(1).padStart(5)} s  ${String(acknowledged).padStart(7)} acknowledged  ${this.#phase}`
    if (this.#stream.isTTY) this.#stream.write(ERASE_LINE + line.slice(0, this.#width))
    else if (changed) this.#stream.write(`${line}\n`)
  }

  // Some terminals do not know their width and say 0. The last column stays free: writing to it may wrap the line.
  get #width(): number {
    return (this.#stream.columns || 80) - 1
  }

  clear(): void {
    if (this.#stream.isTTY) this.#stream.write(ERASE_LINE)
  }
}
