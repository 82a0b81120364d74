import type { ReadStream, WriteStream } from 'node:tty'

// Reports of buttons, and their form with decimal numbers (modes 1000 and 1006 of xterm's control sequences).
const ON = '\u001b[?1000h\u001b[?1006h'
const OFF = '\u001b[?1006l\u001b[?1000l'

const REPORT_START = '\u001b[<'
/** A press of a button, behind the start of the report. */
const PRESS = /^(\d+);\d+;\d+M/
/** A report has at most so many characters; a longer rest is none. */
const REPORT_UNITS_MAX = 20

/**
 * The wheel of the mouse. Off until somebody asks for it, because a terminal that reports the mouse no longer selects text with
 * it. However the process ends, the terminal is told to stop reporting.
 */
export class Mouse {
  readonly #stdin: ReadStream
  readonly #stdout: WriteStream
  readonly #turned: (by: 1 | -1) => void
  #isOn = false
  #rest = ''

  constructor(stdin: ReadStream, stdout: WriteStream, turned: (by: 1 | -1) => void) {
    this.#stdin = stdin
    this.#stdout = stdout
    this.#turned = turned
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
      const [, button = ''] = PRESS.exec(report) ?? []
      // The wheel is button 64 up and 65 down; the bits of 4, 8 and 16 are the keys that are held with it.
      const wheel = Number(button) & ~0b11100
      if (wheel === 64) this.#turned(-1)
      else if (wheel === 65) this.#turned(1)
    }
    this.#rest = unfinished(text)
  }
}

/** The beginning of a report whose end has not come yet. */
function unfinished(text: string): string {
  const rest = text.slice(Math.max(0, text.lastIndexOf('\u001b')))
  const isBegun = rest.startsWith(REPORT_START) || REPORT_START.startsWith(rest)
  return isBegun && rest.length < REPORT_UNITS_MAX && !/[Mm]/.test(rest) ? rest : ''
}
