import { Buffer } from 'node:buffer'
import { PassThrough, Writable } from 'node:stream'
import type { ReadStream, WriteStream } from 'node:tty'
import { parseKeys } from '@latchless/inspector'
import headless from '@xterm/headless'
import { expect, onTestFinished, vi } from 'vitest'

/** A terminal in this process: what is written to `stdout` is drawn by a real emulator, keys come out of `stdin`. */
export class TerminalScreen {
  readonly stdin: ReadStream
  readonly stdout: WriteStream
  /** Everything that was written, escape sequences included. */
  written = ''
  isRaw = false
  /** DEC private modes that are set: 25 the cursor, 1049 the alternate screen, 2004 bracketed paste, 1000 and 1006 the mouse. */
  readonly modes = new Set<number>([25])
  /** What reached the terminal beside text: titles, clipboard, colours, links, bells. */
  readonly effects: string[] = []
  readonly #terminal: InstanceType<typeof headless.Terminal>
  readonly #keys = new PassThrough()

  constructor(columns = 100, rows = 30) {
    // The kernel turns newlines into carriage return and newline, in raw mode too.
    this.#terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true })
    this.#watchModes()
    this.#watchEffects()
    this.stdin = Object.assign(this.#keys, {
      isTTY: true,
      setRawMode: (isRaw: boolean) => {
        this.isRaw = isRaw
      },
      ref: () => {},
      unref: () => {},
    }) as unknown as ReadStream
    this.stdout = this.#makeStdout(columns, rows)
    onTestFinished(() => this.#terminal.dispose())
  }

  get isAlternate(): boolean {
    return this.#terminal.buffer.active.type === 'alternate'
  }

  get cursor(): { readonly column: number; readonly row: number } {
    const { cursorX, cursorY } = this.#terminal.buffer.active
    return { column: cursorX, row: cursorY }
  }

  /** The rows of the terminal, without spaces at their ends. */
  lines(): string[] {
    const { active } = this.#terminal.buffer
    return Array.from({ length: this.#terminal.rows }, (_, row) => {
      return (
        active
          .getLine(active.baseY + row)
          ?.translateToString(false, 0, this.#terminal.cols)
          .trimEnd() ?? ''
      )
    })
  }

  text(): string {
    return this.lines().join('\n')
  }

  /** The rows with at least one cell in inverse. */
  inverseRows(): string[] {
    const { active } = this.#terminal.buffer
    return this.lines().filter((_, row) => {
      const line = active.getLine(active.baseY + row)
      return Array.from({ length: this.#terminal.cols }, (_, column) => line?.getCell(column)?.isInverse()).some(
        Boolean,
      )
    })
  }

  /** Whether any cell has a colour of its own. */
  get isColoured(): boolean {
    const { active } = this.#terminal.buffer
    return this.lines().some((_, row) => {
      const line = active.getLine(active.baseY + row)
      return Array.from({ length: this.#terminal.cols }, (_, column) => line?.getCell(column)).some(
        (cell) => cell !== undefined && !(cell.isFgDefault() && cell.isBgDefault()),
      )
    })
  }

  /** Keys as a script writes them, each in a write of its own. */
  press(script: string): void {
    for (const key of parseKeys(script)) this.type(BYTES[key] ?? controlBytes(key) ?? key)
  }

  /** Bytes as a keyboard sends them. */
  type(bytes: string): void {
    this.#keys.write(bytes)
  }

  paste(text: string): void {
    this.type(`\u001b[200~${text}\u001b[201~`)
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows)
    Object.assign(this.stdout, { columns, rows })
    this.stdout.emit('resize')
  }

  /** Waits until the terminal has the text. */
  async shows(expected: string | RegExp): Promise<void> {
    await this.settles(() => expectText(this.text(), expected))
  }

  async settles(expectation: () => void): Promise<void> {
    await vi.waitFor(expectation, { timeout: 20_000, interval: 10 })
  }

  #makeStdout(columns: number, rows: number): WriteStream {
    const stream = new Writable({
      decodeStrings: false,
      write: (chunk: string | Buffer, _encoding, done) => {
        const text = typeof chunk === 'string' ? chunk : chunk.toString('utf8')
        this.written += text
        this.#terminal.write(text, () => done())
      },
    })
    return Object.assign(stream, { isTTY: true, columns, rows }) as unknown as WriteStream
  }

  #watchModes(): void {
    const told = (isSet: boolean) => (parameters: (number | number[])[]) => {
      for (const mode of parameters.flat()) {
        if (isSet) this.modes.add(mode)
        else this.modes.delete(mode)
      }
      // The emulator goes on to obey it.
      return false
    }
    this.#terminal.parser.registerCsiHandler({ prefix: '?', final: 'h' }, told(true))
    this.#terminal.parser.registerCsiHandler({ prefix: '?', final: 'l' }, told(false))
  }

  #watchEffects(): void {
    this.#terminal.onBell(() => this.effects.push('bell'))
    for (const command of [0, 1, 2, 4, 7, 8, 9, 10, 11, 12, 52, 104, 777, 1337]) {
      this.#terminal.parser.registerOscHandler(command, (data) => {
        this.effects.push(`OSC ${command};${data}`)
        return false
      })
    }
    this.#terminal.parser.registerDcsHandler({ final: 'q' }, (data) => {
      this.effects.push(`DCS ${data}`)
      return false
    })
  }
}

// The escape key alone is told from the start of a sequence by waiting. This other form of it needs no waiting.
const BYTES: Record<string, string> = {
  '<enter>': '\r',
  '<escape>': '\u001b[27u',
  '<tab>': '\t',
  '<shift-tab>': '\u001b[Z',
  '<up>': '\u001b[A',
  '<down>': '\u001b[B',
  '<right>': '\u001b[C',
  '<left>': '\u001b[D',
  '<page-up>': '\u001b[5~',
  '<page-down>': '\u001b[6~',
  '<home>': '\u001b[H',
  '<end>': '\u001b[F',
  '<backspace>': '\u007f',
  '<delete>': '\u001b[3~',
}

function controlBytes(key: string): string | undefined {
  const [, letter] = /^<ctrl-([a-z])>$/.exec(key) ?? []
  return letter && String.fromCharCode(letter.charCodeAt(0) - 0x60)
}

function expectText(text: string, expected: string | RegExp): void {
  expect(text).toMatch(expected)
}
