import { conformanceCases, type Subject } from '@latchless/filesystem/conformance'
import { expect, test } from 'vitest'
import { freshRoot, product, testConformance } from './support/test-conformance.ts'

const memory: Subject = {
  module: product,
  export: 'MemoryFilesystem',
  options: () => ({}),
  crossProcess: false,
  purgesTombstones: true,
}

testConformance({
  memory,
  plain: {
    module: product,
    export: 'PlainFilesystem',
    options: async () => ({ root: await freshRoot() }),
    crossProcess: true,
  },
})

test('The cases have names of their own', () => {
  const names = conformanceCases(memory).map((each) => each.name)
  expect(new Set(names).size).toBe(names.length)
})
