import { PostgresFilesystem } from '@latchless/filesystem/postgres'
import type { Engine } from './engine.ts'
import { LatchlessDriver } from './latchless-driver.ts'
import { latchlessModes } from './latchless-modes.ts'

export const engine: Engine = {
  id: 'latchless/postgres',
  family: 'postgres',
  crossProcess: true,
  modes: latchlessModes(['disk']),
  bodyBytesMax: 1024 * 1024,
  async open(options) {
    const filesystem = await PostgresFilesystem.open({ url: options.place, migrate: true })
    return new LatchlessDriver(filesystem, options)
  },
}
