import type { Filesystem } from '@latchless/filesystem'
import {
  type Action,
  ascii,
  type Destination,
  type Look,
  makeScreen,
  type MakeScreen,
  painterOf,
  parseKeys,
  plain,
  Shell,
  spoken,
  type ThemeName,
  unicode,
} from '@latchless/inspector'
import stringWidth from 'string-width'
import { expect, onTestFinished, vi } from 'vitest'
import { expectHarmless } from './harmless.ts'

export interface ShellOptions {
  readonly store: Filesystem
  readonly destination?: Destination
  readonly columns?: number
  readonly rows?: number
  readonly ascii?: boolean
  readonly theme?: ThemeName
  readonly writable?: boolean
  /** Read aloud. */
  readonly spoken?: boolean
  /** Where the clock stands until `pass` moves it. */
  readonly nowMs?: number
  readonly storeName?: string
  readonly storeUrl?: string
  readonly settings?: () => readonly Action[]
  /** What the clipboard answers. */
  readonly copy?: (text: string, what: string) => Promise<string>
  /** Screens of the test's own. */
  readonly make?: MakeScreen
}

/** Terminals of the smallest size, the usual one and a large one, with different looks. */
export const ROOMS = [
  { columns: 60, rows: 16, theme: 'mono' },
  { columns: 100, rows: 30, ascii: true },
  { columns: 200, rows: 60 },
] as const satisfies readonly Partial<ShellOptions>[]

const NOW_MS = Date.UTC(2026, 10, 21, 14, 32, 7)

/**
 * The whole TUI without a terminal. After every key the frame is drawn and checked: as many lines as there is room for, none
 * wider, and no control byte but those of styles.
 */
export function openShell(options: ShellOptions): OpenShell {
  return new OpenShell(options)
}

export class OpenShell {
  readonly shell: Shell
  /** What was put into the clipboard. */
  readonly copied: string[] = []
  /** Names and bytes that were given to the editor. */
  readonly edited: { name: string; bytes: Uint8Array }[] = []
  readonly exitCodes: number[] = []
  suspended = 0
  repainted = 0
  readonly #options: ShellOptions
  #columns: number
  #rows: number
  #nowMs: number
  #timers: { atMs: number; call: () => void }[] = []

  constructor(options: ShellOptions) {
    this.#options = options
    this.#columns = options.columns ?? 100
    this.#rows = options.rows ?? 30
    this.#nowMs = options.nowMs ?? NOW_MS
    this.shell = new Shell(
      {
        store: options.store,
        storeName: options.storeName ?? 'memory:',
        storeUrl: options.storeUrl,
        writable: options.writable ?? false,
        nowMs: () => this.#nowMs,
        after: (ms, call) => this.#timers.push({ atMs: this.#nowMs + ms, call }),
        quit: (exitCode) => this.exitCodes.push(exitCode),
        suspend: () => this.suspended++,
        repaint: () => this.repainted++,
        copy: async (text, what) => {
          this.copied.push(text)
          return options.copy ? await options.copy(text, what) : `copied ${what}`
        },
        edit: async (name, bytes) => void this.edited.push({ name, bytes }),
        settings: options.settings ?? (() => []),
      },
      options.make ?? makeScreen,
    )
    this.shell.open(options.destination ?? { to: 'records' })
    onTestFinished(() => this.shell.close())
    this.styled()
  }

  /** Keys as a script writes them: `jj<enter>/turns<enter>`. */
  press(script: string): void {
    for (const key of parseKeys(script)) {
      this.shell.press(key)
      this.styled()
    }
  }

  click(column: number, row: number): void {
    this.shell.click({ column, row })
    this.styled()
  }

  wheel(by: 1 | -1, column: number, row: number): void {
    this.shell.wheel(by, { column, row })
    this.styled()
  }

  paste(text: string): void {
    this.shell.paste(text)
    this.styled()
  }

  resize(columns: number, rows: number): void {
    this.#columns = columns
    this.#rows = rows
    this.styled()
  }

  /** Moves the clock, and calls what was waiting for it. */
  pass(ms: number): void {
    this.#nowMs += ms
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs)
    this.#timers = this.#timers.filter((timer) => !due.includes(timer))
    for (const { call } of due) call()
    this.styled()
  }

  /** The lines of the frame with their styles. */
  styled(): string[] {
    const size = { columns: this.#columns, rows: this.#rows }
    const lines = this.shell.view({ ...size, ...lookOf(this.#options), nowMs: this.#nowMs })
    expectHarmlessLines(lines)
    // What is read aloud has no size: the terminal wraps it.
    if (!this.#options.spoken) expectSize(lines, size)
    return lines
  }

  /** The lines of the frame without styles, and without spaces at their ends. */
  lines(): string[] {
    return this.styled().map((line) => withoutStyles(line).trimEnd())
  }

  text(): string {
    return this.lines().join('\n')
  }

  /** Waits until the frame has the text, as after something was read from the store. */
  async shows(expected: string | RegExp): Promise<void> {
    await expectSoon(() => this.text(), expected)
  }
}

/** A line without the sequences that style it; any other sequence stays. */
export function withoutStyles(line: string): string {
  const [first = '', ...parts] = line.split('\u001b[')
  return first + parts.map((part) => (STYLE.test(part) ? part.replace(STYLE, '') : `\u001b[${part}`)).join('')
}

const STYLE = /^[\d;]*m/

function lookOf({ theme, ascii: isAscii, spoken: isSpoken }: ShellOptions): Look {
  if (isSpoken) return { paint: plain, glyphs: spoken, spoken: true }
  return { paint: painterOf(theme ?? 'default'), glyphs: isAscii ? ascii : unicode, spoken: false }
}

function expectHarmlessLines(lines: readonly string[]): void {
  for (const line of lines) {
    expect(withoutStyles(line)).not.toMatch(/[\n\t]/)
    expectHarmless(withoutStyles(line))
  }
}

function expectSize(lines: readonly string[], { columns, rows }: { columns: number; rows: number }): void {
  expect(lines.length, 'lines of the frame').toBe(rows)
  for (const line of lines.map(withoutStyles)) {
    expect(stringWidth(line), `cells of ${JSON.stringify(line)}`).toBeLessThanOrEqual(columns)
  }
}

async function expectSoon(read: () => string, expected: string | RegExp): Promise<void> {
  await vi.waitFor(() => expect(read()).toMatch(expected), { timeout: 10_000 })
}
