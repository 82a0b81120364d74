import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Context } from '../context.ts'
import { unwritable } from './unwritable.ts'

const PIECE_UNITS = 256 * 1024

/** Where a long output goes: to stdout, or into a file that is there as a whole or not at all. */
export class OutputFile implements AsyncDisposable {
  readonly #print: Context['print']
  readonly #name: string
  readonly #temporary: string
  readonly #replaces: boolean
  #bytes = 0
  #file: FileHandle | undefined
  // A signal ends the process without disposing of anything.
  readonly #onExit = (): void => rmSync(this.#temporary, { force: true })

  private constructor(
    name: string,
    temporary: string,
    file: FileHandle | undefined,
    { replaces, print }: { readonly replaces: boolean; readonly print: Context['print'] },
  ) {
    this.#name = name
    this.#temporary = temporary
    this.#file = file
    this.#replaces = replaces
    this.#print = print
    if (file) process.once('exit', this.#onExit)
  }

  /**
   * Replaces the file if there is one of that name; without a name it is stdout.
   *
   * @throws {InspectorError} `refused` when there can be no file of that name.
   */
  static async open(context: Context, name: string | undefined): Promise<OutputFile> {
    const print = (text: string): Promise<void> => context.print(text)
    if (name === undefined || name === '-') return new OutputFile('-', '', undefined, { replaces: false, print })
    const { temporary, file } = await openBeside(name)
    return new OutputFile(name, temporary, file, { replaces: true, print })
  }

  /**
   * Replaces nothing: when there is a file of that name at the end, nothing is written.
   *
   * @throws {InspectorError} `refused` when there can be no file of that name.
   */
  static async create(name: string): Promise<OutputFile> {
    const { temporary, file } = await openBeside(name)
    return new OutputFile(name, temporary, file, { replaces: false, print: async () => {} })
  }

  /** How many were written. */
  get bytes(): number {
    return this.#bytes
  }

  async write(text: string): Promise<void> {
    this.#bytes += Buffer.byteLength(text)
    if (this.#file) await this.#file.appendFile(text)
    else await this.#print(text)
  }

  /** Many short texts, in few writes. */
  async writeAll(texts: Iterable<string>): Promise<void> {
    let piece = ''
    for (const text of texts) {
      piece += text
      if (piece.length < PIECE_UNITS) continue
      await this.write(piece)
      piece = ''
    }
    await this.write(piece)
  }

  /** Puts the file in place. Without it, nothing is left behind. */
  async finish(): Promise<void> {
    const file = this.#file
    if (!file) return
    try {
      await file.sync()
      await this.#close()
      if (this.#replaces) await rename(this.#temporary, this.#name)
      else {
        // A crash behind this leaves a second name of the whole file.
        await link(this.#temporary, this.#name)
        await unlink(this.#temporary).catch(() => undefined)
      }
    } catch (cause) {
      await unlink(this.#temporary).catch(() => undefined)
      throw unwritable(this.#name, cause)
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

async function openBeside(name: string): Promise<{ readonly temporary: string; readonly file: FileHandle }> {
  const temporary = join(dirname(name), `.inspector.${process.pid}.${randomBytes(8).toString('hex')}.tmp`)
  try {
    return { temporary, file: await open(temporary, 'wx', 0o600) }
  } catch (cause) {
    throw unwritable(name, cause)
  }
}
