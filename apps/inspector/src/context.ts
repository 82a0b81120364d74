import type { Filesystem } from '@latchless/filesystem'
import { displayText } from './display-text.ts'
import type { ExitCode } from './exit-codes.ts'
import { failureOf } from './failure.ts'
import type { Io } from './io.ts'
import { jsonLine } from './output/json-text.ts'
import { type Paint, painter, wantsColor } from './output/paint.ts'
import type { ErrorRow } from './output/rows.ts'
import { openStore } from './store.ts'

export interface Settings {
  readonly store?: string | undefined
  readonly json: boolean
  readonly color: boolean
}

/** What every command is given: where to print, in which form, and which store to read. */
export class Context {
  readonly io: Io
  readonly json: boolean
  readonly paint: Paint
  readonly #store: string | undefined

  constructor(io: Io, settings: Settings) {
    this.io = io
    this.json = settings.json
    this.paint = painter(wantsColor(settings.color, io.env, io.stdout))
    this.#store = settings.store ?? io.env['INSPECTOR_STORE']
  }

  /** Opens the store, runs the command, and closes the store whatever happens. */
  async withStore(run: (fs: Filesystem) => Promise<ExitCode>): Promise<ExitCode> {
    await using fs = await openStore(this.#store)
    return await run(fs)
  }

  async print(text: string): Promise<void> {
    if (text !== '') await this.io.stdout.write(text)
  }

  /** Tells stderr of an error; returns the exit code that the error asks for. */
  async report(error: unknown): Promise<ExitCode> {
    return await reportError(this.io, this.json, error)
  }

  /** A remark for people: stderr, and not beside JSON. */
  async remark(text: string): Promise<void> {
    if (!this.json) await this.io.stderr.write(`${displayText(text)}\n`)
  }
}

export async function reportError(io: Io, json: boolean, error: unknown): Promise<ExitCode> {
  const { code, name, message, hint, path } = failureOf(error)
  if (json) {
    const row: ErrorRow = { type: 'error', v: 1, code, name, message, hint: hint ?? null, path: path ?? null }
    await io.stderr.write(jsonLine(row))
  } else {
    const lines = [`error: ${message}`, ...(hint === undefined ? [] : [`hint: ${hint}`])]
    await io.stderr.write(`${lines.map((line) => displayText(line, { multiline: name === 'INTERNAL' })).join('\n')}\n`)
  }
  return code
}
