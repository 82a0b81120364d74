import { MemoryFilesystem } from '@latchless/filesystem'
import type { Engine } from './engine.ts'
import { LatchlessDriver } from './latchless-driver.ts'
import { latchlessModes } from './latchless-modes.ts'

export const engine: Engine = {
  id: 'latchless/memory',
  family: 'memory',
  crossProcess: false,
  modes: latchlessModes(['memory']),
  bodyBytesMax: 1024 * 1024,
  async open(options) {
    return new LatchlessDriver(await MemoryFilesystem.open(), options)
  },
}
