import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { InspectorError } from '../inspector-error.ts'

/**
 * Replaces a file as a whole: a reader sees the old content or the new, also after a crash.
 *
 * @throws {InspectorError} `refused` when the file cannot be written; nothing is left behind.
 */
export async function writeFileAtomically(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    // A crash before the rename leaves this temporary file beside the old content.
    await using handle = await open(temporary, 'wx')
    await handle.writeFile(content)
    await handle.sync()
    await rename(temporary, file)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {})
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new InspectorError('refused', `Cannot write ${JSON.stringify(file)}: ${why}`, undefined, { cause })
  }
}
