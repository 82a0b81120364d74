import { writeFileAtomic } from '@latchless/filesystem/files'
import { InspectorError } from '../inspector-error.ts'

/**
 * Replaces a file as a whole: a reader sees the old content or the new, also after a crash.
 *
 * @throws {InspectorError} `refused` when the file cannot be written; nothing is left behind.
 */
export async function writeFileAtomically(file: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFileAtomic(file, content)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new InspectorError('refused', why, undefined, { cause })
  }
}
