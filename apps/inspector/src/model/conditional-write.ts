import { randomBytes } from 'node:crypto'
import { FilesystemError, type WriteResult } from '@latchless/filesystem'

/**
 * Sends one write. When nobody can say whether it landed, the identical write is sent once more: under the same write id the
 * store recognises it and answers with the first one's version, so a lost answer is never taken for a conflict.
 *
 * @throws what the store throws; `unavailable` with `retry: 'unknown'` when the second answer was lost too.
 */
export async function sendOnce<Result extends WriteResult | undefined>(
  write: (writeId: string) => Promise<Result>,
): Promise<Result> {
  const writeId = randomBytes(16).toString('hex')
  try {
    return await write(writeId)
  } catch (error) {
    if (!(error instanceof FilesystemError) || error.retry !== 'unknown') throw error
    return await write(writeId)
  }
}
