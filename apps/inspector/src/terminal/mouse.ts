import type { ReadStream, WriteStream } from 'node:tty'

// Reports of buttons, and their form with decimal numbers (modes 1000 and 1006 of xterm's control sequences).
const ON = '\u001b[?1000h\u001b[?1006h'
const OFF = '\u001b[?1006l\u001b[?1000l'

const REPORT_START = '\u001b[<'
/** A press of a button, behind the start of the report. */
const PRESS = /^(\d+);(\d+);(\d+)M/
/** A report has at most so many characters; a longer rest is none. */
const REPORT_UNITS_MAX = 20

/** A cell of the terminal, counted from 0 at the upper left. */
export interface Cell {
  readonly column: number
  readonly row: number
}

/** What is told of the mouse, and over which cell it happened. */
export interface MouseEvents {
  turned(by: 1 | -1, cell: Cell): void
  /** The left button was pressed. */
  clicked(cell: Cell): void
}

/**
 * The wheel and the left button of the mouse. Off until somebody asks for it, because a terminal that reports the mouse no longer selects text with
 * it. However the process ends, the terminal is told to stop reporting.
 */
export class Mouse {
  readonly #stdin: ReadStream
  readonly #stdout: WriteStream
  readonly #events: MouseEvents
  #isOn = false
  #rest = ''

  constructor(stdin: ReadStream, stdout: WriteStream, events: MouseEvents) {
    this.#stdin = stdin
    this.#stdout = stdout
    this.#events = events
  }

  get isOn(): boolean {
    return this.#isOn
  }

  on(): void {
    if (this.#isOn) return
    this.#isOn = true
    this.#rest = ''
    this.#stdout.write(ON)
    // Ink reads the stream and drops the reports; this sees what it read.
    this.#stdin.on('data', this.#read)
    process.on('exit', this.off)
  }

  readonly off = (): void => {
    if (!this.#isOn) return
    this.#isOn = false
    this.#stdin.off('data', this.#read)
    process.off('exit', this.off)
    this.#stdout.write(OFF)
  }

  readonly #read = (chunk: string | Uint8Array): void => {
    const text = this.#rest + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1'))
    for (const report of text.split(REPORT_START).slice(1)) {
      const [, button, column, row] = PRESS.exec(report) ?? []
      if (button !== undefined) this.#told(Number(button), { column: Number(column) - 1, row: Number(row) - 1 })
    }
    this.#rest = unfinished(text)
  }

  // The left button is 0, the wheel 64 up and 65 down; the bits of 4, 8 and 16 are the keys that are held with it.
  #told(button: number, cell: Cell): void {
    const plain = button & ~0b11100
    if (plain === 0) this.#events.clicked(cell)
    else if (plain === 64) this.#events.turned(-1, cell)
    else if (plain === 65) this.#events.turned(1, cell)
  }
}

/** The beginning of a report whose end has not come yet. */
function unfinished(text: string): string {
  const rest = text.slice(Math.max(0, text.lastIndexOf('\u001b')))
  const isBegun = rest.startsWith(REPORT_START) || REPORT_START.startsWith(rest)
  return isBegun && rest.length < REPORT_UNITS_MAX && !/[Mm]/.test(rest) ? rest : ''
}
