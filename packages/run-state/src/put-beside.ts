import type { Filesystem, TransactStep, WriteResult } from '@latchless/filesystem'
import { replacing, VersionMismatch } from '@latchless/filesystem'

export type PutStep = Extract<TransactStep, { type: 'put' }>

/**
 * The filesystem as `casUpdate` is to see it where one update has to write two records: every put takes a second one along, both
 * or neither. The update decides, tries again and finds a lost reply as ever, because the transaction carries its writeId.
 *
 * `onLost` is called when the second put lost its precondition, and gives the error to throw.
 */
export function putBeside(filesystem: Filesystem, beside: PutStep, onLost: () => Error): Filesystem {
  const put: Filesystem['put'] = async (path, entry, expect, options) => {
    try {
      const [result] = await filesystem.transact([{ type: 'put', path, entry, expect }, beside], options)
      return result as WriteResult
    } catch (error) {
      throw error instanceof VersionMismatch && error.step === 1 ? onLost() : error
    }
  }
  return replacing(filesystem, { put })
}
