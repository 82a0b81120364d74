import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Subject, conformanceCases } from '@latchless/filesystem/conformance'
import { afterAll, describe, expect, test } from 'vitest'

const base = await mkdtemp(join(tmpdir(), 'latchless-conformance-'))
afterAll(() => rm(base, { recursive: true, force: true }))

const freshRoot = () => mkdtemp(join(base, 'store-'))
const product = '@latchless/filesystem'
const decorated = new URL('./support/faulty-subjects.ts', import.meta.url).href

const subjects: Readonly<Record<string, Subject>> = {
  memory: { module: product, export: 'MemoryFilesystem', options: () => ({}), crossProcess: false },
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
  },
  plain: {
    module: product,
    export: 'PlainFilesystem',
    options: async () => ({ root: await freshRoot() }),
    crossProcess: true,
  },
  'faulty over memory, with an empty script': {
    module: decorated,
    export: 'FaultyMemory',
    options: () => ({}),
    crossProcess: false,
  },
  'faulty over local, with an empty script': {
    module: decorated,
    export: 'FaultyLocal',
    options: async () => ({ root: await freshRoot(), durability: 'process' }),
    crossProcess: true,
  },
}

for (const [name, subject] of Object.entries(subjects)) {
  describe(name, () => {
    for (const each of conformanceCases(subject)) test(each.name, each.run)
  })
}

test('The cases have names of their own', () => {
  const names = Object.values(subjects).flatMap((subject) =>
    conformanceCases(subject)
      .slice(0)
      .map((each) => each.name),
  )
  expect(new Set(names).size * Object.keys(subjects).length).toBe(names.length)
})
