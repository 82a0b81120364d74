import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Context } from '../context.ts'
import { InspectorError } from '../inspector-error.ts'

/** Where a long output goes: to stdout, or into a file that is there as a whole or not at all. */
export class OutputFile implements AsyncDisposable {
  readonly #context: Context
  readonly #name: string
  readonly #temporary: string
  #file: FileHandle | undefined
  // A signal ends the process without disposing of anything.
  readonly #onExit = (): void => rmSync(this.#temporary, { force: true })

  private constructor(context: Context, name: string, temporary: string, file: FileHandle | undefined) {
    this.#context = context
    this.#name = name
    this.#temporary = temporary
    this.#file = file
    if (file) process.once('exit', this.#onExit)
  }

  /** @throws {InspectorError} `refused` when there can be no file of that name. */
  static async open(context: Context, name: string | undefined): Promise<OutputFile> {
    if (name === undefined || name === '-') return new OutputFile(context, '-', '', undefined)
    const temporary = join(dirname(name), `.inspector.${process.pid}.${randomBytes(8).toString('hex')}.tmp`)
    const file = await open(temporary, 'wx', 0o600).catch((cause: unknown) => {
      throw refused(name, cause)
    })
    return new OutputFile(context, name, temporary, file)
  }

  async write(text: string): Promise<void> {
    if (this.#file) await this.#file.appendFile(text)
    else await this.#context.print(text)
  }

  /** Puts the file in place. Without it, nothing is left behind. */
  async finish(): Promise<void> {
    const file = this.#file
    if (!file) return
    try {
      await file.sync()
      await this.#close()
      await rename(this.#temporary, this.#name)
    } catch (cause) {
      await unlink(this.#temporary).catch(() => undefined)
      throw refused(this.#name, cause)
    } finally {
      process.off('exit', this.#onExit)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#file) return
    await this.#close()
    await unlink(this.#temporary).catch(() => undefined)
    process.off('exit', this.#onExit)
  }

  async #close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }
}

function refused(name: string, cause: unknown): InspectorError {
  const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  return new InspectorError('refused', `Cannot write ${JSON.stringify(name)}: ${why}`, undefined, { cause })
}
