import { afterAll } from 'vitest'
import { testConformance } from '../support/test-conformance.ts'
import { dropDatabase, freshOptions } from './store.ts'

afterAll(dropDatabase)

const postgres = {
  module: '@latchless/filesystem/postgres',
  export: 'PostgresFilesystem',
  options: freshOptions,
  crossProcess: true,
  purgesTombstones: true,
}

testConformance({ postgres })
