import { join } from 'node:path'
import { SqliteFilesystem } from '@latchless/filesystem'
import type { Engine } from './engine.ts'
import { LatchlessDriver } from './latchless-driver.ts'
import { latchlessModes } from './latchless-modes.ts'

export const engine: Engine = {
  id: 'latchless/sqlite',
  family: 'sqlite',
  crossProcess: true,
  modes: latchlessModes(['disk', 'process']),
  bodyBytesMax: 1024 * 1024,
  async open(options) {
    const durability = options.durability === 'disk' ? 'disk' : 'process'
    const filesystem = await SqliteFilesystem.open({ path: join(options.place, 'store.sqlite'), durability })
    return new LatchlessDriver(filesystem, options)
  },
}
