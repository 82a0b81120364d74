import type { Filesystem } from '@latchless/filesystem'
import { requireWritable, type StoreReference, storeReference } from './config/store-reference.ts'
import { urlWithoutPassword, withoutPasswords } from './config/without-passwords.ts'
import { displayText } from './display-text.ts'
import type { ExitCode } from './exit-codes.ts'
import { failureOf } from './failure.ts'
import type { Io } from './io.ts'
import { jsonLine } from './output/json-text.ts'
import { wantsColor } from './output/wants-color.ts'
import type { ErrorRow } from './output/rows.ts'
import { openStore } from './store.ts'
import { type Paint, painterOf, plain } from './terminal/theme.ts'

export interface Settings {
  readonly store?: string | undefined
  readonly json: boolean
  readonly write: boolean
  readonly color: boolean
}

/** What every command is given: where to print, in which form, and which store to read. */
export class Context {
  readonly io: Io
  readonly json: boolean
  readonly paint: Paint
  /** Whether `--write` was given. */
  readonly writable: boolean
  readonly #named: string | undefined
  #store: StoreReference | undefined

  constructor(io: Io, settings: Settings) {
    this.io = io
    this.json = settings.json
    this.paint = wantsColor(settings.color, io.env, io.stdout) ? painterOf('default') : plain
    this.writable = settings.write
    this.#named = settings.store ?? io.env['INSPECTOR_STORE']
  }

  /** The store as the person or the configuration names it, without a password. */
  get storeName(): string {
    return this.#store?.name ?? urlWithoutPassword(this.#named ?? '')
  }

  /** Its URL, with a password where it has one: never shown. Known from when the store may be opened. */
  get storeUrl(): string | undefined {
    return this.#store?.url
  }

  /** Opens the store, runs the command, and closes the store whatever happens. */
  async withStore(run: (fs: Filesystem) => Promise<ExitCode>): Promise<ExitCode> {
    return await this.withStoreOr(undefined, run)
  }

  /** The same, with a store for when none was named. */
  async withStoreOr(fallback: string | undefined, run: (fs: Filesystem) => Promise<ExitCode>): Promise<ExitCode> {
    const named = await storeReference(this.io, this.#named)
    const store = named ?? (fallback === undefined ? undefined : await storeReference(this.io, fallback))
    if (this.writable && store) requireWritable(store)
    this.#store = store
    await using fs = await openStore(this.#store?.url, this.writable ? 'write' : 'look')
    return await run(fs)
  }

  async print(text: string): Promise<void> {
    if (text !== '') await this.io.stdout.write(text)
  }

  /** Tells stderr of an error; returns the exit code that the error asks for. */
  async report(error: unknown): Promise<ExitCode> {
    return await reportError(this.io, this.json, error, this.storeUrl === undefined ? [] : [this.storeUrl])
  }

  /** A remark for people: stderr, and not beside JSON. */
  async remark(text: string): Promise<void> {
    if (!this.json) await this.io.stderr.write(`${displayText(text)}\n`)
  }
}

/** `urls` are those whose passwords the error may quote. */
export async function reportError(io: Io, json: boolean, error: unknown, urls: readonly string[]): Promise<ExitCode> {
  const { code, name, path, ...failure } = failureOf(error)
  const told = (text: string) => withoutPasswords(text, ...urls)
  const message = told(failure.message)
  const hint = failure.hint && told(failure.hint)
  if (json) {
    const row: ErrorRow = { type: 'error', v: 1, code, name, message, hint: hint ?? null, path: path ?? null }
    await io.stderr.write(jsonLine(row))
  } else {
    const lines = [`error: ${message}`, ...(hint === undefined ? [] : [`hint: ${hint}`])]
    await io.stderr.write(`${lines.map((line) => displayText(line, { multiline: name === 'INTERNAL' })).join('\n')}\n`)
  }
  return code
}
