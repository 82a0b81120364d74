import { type Filesystem, MemoryFilesystem, type MemoryOptions } from '@latchless/filesystem'
import { FaultScript, faulty } from '@latchless/filesystem/testing'

/** The memory backend under a fault script that is empty, so that the decorator itself goes through the kit. */
export const FaultyMemory = {
  async open(options: MemoryOptions): Promise<Filesystem> {
    return faulty(await MemoryFilesystem.open(options), new FaultScript([]))
  },
}
