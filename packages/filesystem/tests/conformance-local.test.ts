import { FEW_STEPS, freshRoot, product, testConformance } from './support/test-conformance.ts'

testConformance({
  'local, durable against the loss of power': {
    module: product,
    export: 'LocalFilesystem',
    options: async () => ({ root: await freshRoot(), durability: 'disk' }),
    crossProcess: true,
  },
  'local, durable against the death of a process': {
    module: product,
    export: 'LocalFilesystem',
    options: async () => ({ root: await freshRoot(), durability: 'process' }),
    crossProcess: true,
    steps: FEW_STEPS,
  },
})
