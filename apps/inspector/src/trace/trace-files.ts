import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { codeOf } from '../error-code.ts'
import { InspectorError } from '../inspector-error.ts'

/** Names that a directory is searched for. */
const TRACE_NAME = /\.castrace\.jsonl(?:\.gz)?$/
const CHUNK_BYTES = 1024 * 1024

/** What stands for the standard input. */
export const STDIN = '-'

/**
 * The files that are meant: each itself, or the traces in it when it is a directory.
 *
 * @throws {InspectorError} `not-found` when there is none.
 */
export async function traceFiles(named: readonly string[]): Promise<string[]> {
  const found = await Promise.all(named.map((file) => filesAt(file)))
  return found.flat()
}

async function filesAt(file: string): Promise<string[]> {
  if (file === STDIN) return [file]
  const about = await stat(file).catch((cause: unknown) => {
    throw unreadable(file, cause)
  })
  if (!about.isDirectory()) return [file]
  const names = (await readdir(file)).filter((name) => TRACE_NAME.test(name)).toSorted()
  if (names.length === 0) {
    throw new InspectorError(
      'not-found',
      `Cannot read traces in ${JSON.stringify(file)}: expected files named *.castrace.jsonl`,
    )
  }
  return names.map((name) => join(file, name))
}

/** The bytes of a trace file, unpacked. */
export function traceBytes(file: string, signal: AbortSignal | undefined): AsyncIterable<Uint8Array> {
  const options = { highWaterMark: CHUNK_BYTES, ...(signal ? { signal } : {}) }
  const stream: Readable = file === STDIN ? process.stdin : createReadStream(file, options)
  if (!file.endsWith('.gz')) return stream
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES })
  stream.once('error', (error) => unpacked.destroy(error))
  return stream.pipe(unpacked)
}

/** Whether unpacking ended too early, as it does for a file that was cut short. */
export function isCutShort(error: unknown): boolean {
  return codeOf(error) === 'Z_BUF_ERROR'
}

export function unreadable(file: string, cause: unknown): InspectorError {
  const why =
    codeOf(cause) === 'ENOENT' ? 'there is no such file' : cause instanceof Error ? cause.message : String(cause)
  return new InspectorError('not-found', `Cannot read trace ${JSON.stringify(file)}: ${why}`, undefined, { cause })
}
