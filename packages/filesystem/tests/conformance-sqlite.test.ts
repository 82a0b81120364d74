import { join } from 'node:path'
import { FEW_STEPS, freshRoot, product, type TestedSubject, testConformance } from './support/test-conformance.ts'

const sqlite: Omit<TestedSubject, 'options'> = {
  module: product,
  export: 'SqliteFilesystem',
  crossProcess: true,
  purgesTombstones: true,
  stoppedWriterDelaysOthers: true,
}

testConformance({
  'sqlite, durable against the loss of power': {
    ...sqlite,
    options: async () => ({ path: join(await freshRoot(), 'store.db'), durability: 'disk' }),
  },
  'sqlite, durable against the death of a process': {
    ...sqlite,
    options: async () => ({ path: join(await freshRoot(), 'store.db'), durability: 'process' }),
    steps: FEW_STEPS,
  },
})
