import { join } from 'node:path'
import { LocalFilesystem } from '@latchless/filesystem'
import type { Engine } from './engine.ts'
import { LatchlessDriver } from './latchless-driver.ts'
import { latchlessModes } from './latchless-modes.ts'

export const engine: Engine = {
  id: 'latchless/local',
  family: 'local',
  crossProcess: true,
  modes: latchlessModes(['disk', 'process']),
  bodyBytesMax: 1024 * 1024,
  async open(options) {
    const durability = options.durability === 'disk' ? 'disk' : 'process'
    const filesystem = await LocalFilesystem.open({ root: join(options.place, 'store'), durability })
    return new LatchlessDriver(filesystem, options)
  },
}
