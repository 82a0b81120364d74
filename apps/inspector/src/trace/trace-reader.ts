import { createHash } from 'node:crypto'
import { StringDecoder } from 'node:string_decoder'
import { InspectorError } from '../inspector-error.ts'
import type { Trace, TraceProblem } from './trace.ts'
import { BadLine, parseTraceLine, type TraceLine } from './trace-line.ts'

/** Part of the time, in microseconds since the head of the file; what does not touch it is left out. */
export interface TraceWindow {
  readonly fromUs?: number | undefined
  readonly toUs?: number | undefined
}

const LINE_BYTES_MAX = 4 * 1024 * 1024
/** What has more of them is no damaged trace but something else, of any length. */
const DAMAGED_LINES_MAX = 10_000
const NEWLINE = 0x0a

/** Reads the bytes of one file, in pieces, into a trace: the whole file, or what is appended to it later. */
export class TraceReader {
  readonly #trace: Trace
  readonly #file: string
  readonly #window: TraceWindow
  readonly #decoder = new StringDecoder('utf8')
  readonly #hash = createHash('sha256')
  #rest: Buffer = Buffer.alloc(0)
  #line = 0
  #events = 0
  #gaps = 0
  #source: number | undefined
  #ended = false
  #damaged = 0
  #isGivenUp = false

  constructor(trace: Trace, file: string, window: TraceWindow = {}) {
    this.#trace = trace
    this.#file = file
    this.#window = window
  }

  /** It is none of a trace: the rest of it is not read. */
  get isGivenUp(): boolean {
    return this.#isGivenUp
  }

  /** @throws {InspectorError} `refused` when there is more than fits. */
  write(chunk: Uint8Array): void {
    if (this.#isGivenUp) return
    const bytes =
      this.#rest.length === 0
        ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
        : Buffer.concat([this.#rest, chunk])
    const end = bytes.lastIndexOf(NEWLINE) + 1
    this.#rest = bytes.subarray(end)
    if (end > 0) this.#lines(bytes.subarray(0, end))
    if (this.#rest.length <= LINE_BYTES_MAX) return
    this.#giveUp(`a line is longer than ${LINE_BYTES_MAX} bytes`)
  }

  /** The file ends here. */
  end(): void {
    if (this.#ended || this.#isGivenUp) return
    const cut = this.#rest.length > 0 ? ', in the middle of a line' : ''
    if (this.#line === 0 && this.#rest.length === 0) this.#problem('truncated', 'it is empty')
    else this.#problem('truncated', `it has no end${cut}: its process was killed, or still writes`)
  }

  #lines(bytes: Buffer): void {
    const texts = this.#decoder.write(bytes).split('\n')
    texts.pop()
    let hashed = 0
    for (const [at, text] of texts.entries()) {
      this.#line++
      const line = this.#parse(text)
      if (this.#isGivenUp) return
      if (line?.e !== 'end') continue
      const before = texts.slice(0, at).reduce((sum, each) => sum + Buffer.byteLength(each) + 1, 0)
      this.#hash.update(bytes.subarray(hashed, before))
      hashed = before
      this.#endWith(line)
    }
    if (!this.#ended) this.#hash.update(bytes)
  }

  #parse(text: string): TraceLine | undefined {
    if (this.#ended) {
      this.#badLine('it stands behind the end')
      return undefined
    }
    try {
      const line = parseTraceLine(text)
      if (line === undefined) this.#events++
      else if (line.e !== 'end') this.#take(line)
      else if (this.#source === undefined) throw new BadLine('there is no head before it')
      return line
    } catch (error) {
      if (!(error instanceof BadLine)) throw error
      this.#events++
      this.#badLine(error.message)
      return undefined
    }
  }

  #badLine(message: string): void {
    // Without a head nothing behind it has a time.
    this.#isGivenUp = this.#source === undefined
    this.#problem(this.#isGivenUp ? 'no-head' : 'bad-line', message)
    if (++this.#damaged >= DAMAGED_LINES_MAX) this.#giveUp(`${DAMAGED_LINES_MAX} lines are none of a trace`)
  }

  #giveUp(why: string): void {
    this.#isGivenUp = true
    this.#rest = Buffer.alloc(0)
    this.#problem('unreadable', `${why}, so the rest is not read`)
  }

  #take(line: Exclude<TraceLine, { e: 'end' }>): void {
    if (line.e === 'head') {
      if (this.#source !== undefined) throw new BadLine('a second head')
      const { title, wallUs, pid } = line
      this.#source = this.#trace.addSource({ file: this.#file, title, wallUs, pid })
      return
    }
    if (this.#source === undefined) throw new BadLine('there is no head before it')
    if (line.e === 'gap') this.#gaps++
    else this.#events++
    if (!this.#isInWindow(line.t, 'd' in line ? line.t + line.d : line.t)) return
    const { excess } = this.#trace
    if (excess !== undefined) {
      throw new InspectorError(
        'refused',
        `Cannot read trace ${JSON.stringify(this.#file)}: it has ${excess}`,
        'read one file, and a part of it with --from and --to',
      )
    }
    this.#trace.add(line, this.#source)
  }

  #isInWindow(startUs: number, endUs: number): boolean {
    const { fromUs = Number.NEGATIVE_INFINITY, toUs = Number.POSITIVE_INFINITY } = this.#window
    return endUs >= fromUs && startUs <= toUs
  }

  #endWith({ n, sha256 }: Extract<TraceLine, { e: 'end' }>): void {
    this.#ended = true
    if (sha256 !== undefined && this.#hash.digest('hex') !== sha256) {
      this.#problem('checksum', 'its bytes are not those that were recorded')
      // A recorder does not count its gaps, who merges traces does.
    } else if (n !== this.#events && n !== this.#events + this.#gaps)
      this.#problem('checksum', `it should have ${n} events and has ${this.#events}`)
  }

  #problem(kind: TraceProblem['kind'], message: string): void {
    this.#trace.addProblem({ kind, file: this.#file, line: this.#line === 0 ? undefined : this.#line, message })
  }
}
