import { StringDecoder } from 'node:string_decoder'
import { type FilePiece, tailFile, type TailOptions } from './tail-file.ts'
import { BadLine, parseTraceLine, type TraceLine } from './trace-line.ts'

/** What was appended to a trace file since the last batch. */
export interface TailBatch {
  /** In the order of the file. A `head` among them begins a file that took the place of the one before. */
  readonly lines: readonly TraceLine[]
  /** Lines that are none of a trace. */
  readonly damaged: number
}

/** A longer line is none of a trace, and is not kept in memory to find out. */
const LINE_UNITS_MAX = 4 * 1024 * 1024

/**
 * The lines of a trace file, and those that are appended to it, until the signal fires. A last line that is not whole yet is
 * kept until it is.
 */
export async function* tailTrace(file: string, options: TailOptions): AsyncGenerator<TailBatch, void> {
  const lines = new TailLines()
  for await (const piece of tailFile(file, options)) yield lines.add(piece)
}

class TailLines {
  #decoder = new StringDecoder('utf8')
  #rest = ''
  /** Why the line that goes on is left out: its start was not read, or it is too long. */
  #skipping: 'cut' | 'long' | undefined

  add({ bytes, behind }: FilePiece): TailBatch {
    if (behind !== 'piece') this.#begin(behind)
    const [first = '', ...more] = this.#decoder.write(bytes).split('\n')
    const texts = [this.#rest + first, ...more]
    this.#rest = texts.pop() ?? ''
    const lines: TraceLine[] = []
    let damaged = 0
    for (const text of texts) {
      const line = this.#skipping === 'cut' ? undefined : this.#skipping === 'long' ? 'damaged' : parsed(text)
      this.#skipping = undefined
      if (line === 'damaged') damaged++
      else if (line) lines.push(line)
    }
    if (this.#skipping) this.#rest = ''
    else if (this.#rest.length > LINE_UNITS_MAX) {
      this.#skipping = 'long'
      this.#rest = ''
    }
    return { lines, damaged }
  }

  #begin(behind: 'start' | 'gap'): void {
    this.#decoder = new StringDecoder('utf8')
    this.#rest = ''
    this.#skipping = behind === 'gap' ? 'cut' : undefined
  }
}

function parsed(text: string): TraceLine | 'damaged' | undefined {
  try {
    return parseTraceLine(text)
  } catch (error) {
    if (error instanceof BadLine) return 'damaged'
    throw error
  }
}
