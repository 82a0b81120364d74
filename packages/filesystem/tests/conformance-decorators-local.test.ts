import { FEW_STEPS, freshRoot, supportModule, testConformance, type TestedSubject } from './support/test-conformance.ts'

const overLocal = (module: string, name: string): TestedSubject => ({
  module: supportModule(module),
  export: name,
  options: async () => ({ root: await freshRoot(), durability: 'process' }),
  crossProcess: true,
  steps: FEW_STEPS,
})

testConformance({
  'encrypted over local': overLocal('encrypted-subjects', 'EncryptedLocal'),
  'a view of local': overLocal('routed-subjects', 'ScopedLocal'),
})
