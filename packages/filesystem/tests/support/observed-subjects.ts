import { type Filesystem, MemoryFilesystem, type MemoryOptions, Metrics, observed } from '@latchless/filesystem'

/** The memory backend, observed. */
export const ObservedMemory = {
  async open(options: MemoryOptions): Promise<Filesystem> {
    return observed(await MemoryFilesystem.open(options), new Metrics())
  },
}
