import {
  type Filesystem,
  LocalFilesystem,
  type LocalOptions,
  MemoryFilesystem,
  type MemoryOptions,
} from '@latchless/filesystem'
import { FaultScript, faulty } from '@latchless/filesystem/testing'

/** The memory backend under a fault script that is empty, so that the decorator itself goes through the kit. */
export const FaultyMemory = {
  async open(options: MemoryOptions): Promise<Filesystem> {
    return faulty(await MemoryFilesystem.open(options), new FaultScript([]))
  },
}

/** The local backend under an empty fault script. */
export const FaultyLocal = {
  async open(options: LocalOptions): Promise<Filesystem> {
    return faulty(await LocalFilesystem.open(options), new FaultScript([]))
  },
}
