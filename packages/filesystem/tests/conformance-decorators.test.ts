import { FEW_STEPS, supportModule, testConformance, type TestedSubject } from './support/test-conformance.ts'

const overMemory = (module: string, name: string): TestedSubject => ({
  module: supportModule(module),
  export: name,
  options: () => ({}),
  crossProcess: false,
  purgesTombstones: true,
  steps: FEW_STEPS,
})

// Through a view nothing is purged: `maintain` is not for its holder.
const { purgesTombstones: _, ...scoped } = overMemory('routed-subjects', 'ScopedMemory')

testConformance({
  'faulty over memory, with an empty script': overMemory('faulty-subjects', 'FaultyMemory'),
  'encrypted over memory': overMemory('encrypted-subjects', 'EncryptedMemory'),
  'observed over memory': overMemory('observed-subjects', 'ObservedMemory'),
  'several memories as one mount table': overMemory('routed-subjects', 'MountedMemory'),
  'memory at a distance': overMemory('routed-subjects', 'DistantMemory'),
  'a view of memory': scoped,
})
