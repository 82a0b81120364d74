import type { Entry, Filesystem } from '@latchless/filesystem'
import { absent, anything, exactly, unwritten, VersionMismatch } from '@latchless/filesystem'
import type { Program, Scenario } from './explorer.ts'
import { PATH } from './explorer.ts'
import { logScenarios } from './log-scenarios.ts'

export function entryOf(text: string): Entry {
  return { body: Buffer.from(text, 'utf8'), contentType: 'text/plain' }
}

/** Read, then write under exactly what was read. A lost race is a fine end. */
async function compareAndSwap(filesystem: Filesystem, keepVersions: number): Promise<void> {
  const head = await filesystem.get(PATH)
  await unlessLost(filesystem.put(PATH, entryOf('x'), exactly(head), { keepVersions }))
}

async function unlessLost(write: Promise<unknown>): Promise<void> {
  try {
    await write
  } catch (error) {
    if (!(error instanceof VersionMismatch)) throw error
  }
}

async function writeTwice(filesystem: Filesystem, keepVersions: number): Promise<void> {
  for (let count = 0; count < 2; count++) await filesystem.put(PATH, entryOf('p'), anything, { keepVersions })
}

const swap: Program = { warm: true, run: async (filesystem) => await compareAndSwap(filesystem, 0) }
const coldSwap: Program = { warm: false, run: async (filesystem) => await compareAndSwap(filesystem, 0) }
const purge: Program = {
  warm: true,
  run: async (filesystem) => void (await filesystem.put(PATH, entryOf('p'), anything, { keepVersions: 0 })),
}
const read: Program = { warm: false, run: async (filesystem) => void (await filesystem.get(PATH)) }
const readTwice: Program = {
  warm: false,
  run: async (filesystem) => {
    await filesystem.get(PATH)
    await filesystem.get(PATH)
  },
}
const create: Program = {
  warm: false,
  run: async (filesystem) => await unlessLost(filesystem.put(PATH, entryOf('c'), unwritten)),
}

/** A writer against one that writes twice and removes everything older: the old name must stay out of reach. */
export const writerAgainstPurger: Scenario = {
  name: 'a writer against one that writes and purges twice',
  prepare: async (filesystem) => await writeTwice(filesystem, 0),
  processes: [swap, { warm: true, run: async (filesystem) => await writeTwice(filesystem, 0) }],
}

/** A reader while three versions are removed behind a new head. */
export const readerAgainstPurger: Scenario = {
  name: 'a reader against one that purges three versions',
  prepare: async (filesystem) => await writeTwice(filesystem, 16),
  processes: [read, purge],
}

/** The same with nothing but the head to begin with. */
export const readerOfOneVersion: Scenario = {
  name: 'a reader against one that purges the only version',
  prepare: async (filesystem) => await writeTwice(filesystem, 0),
  processes: [readTwice, purge],
}

export const writerAgainstTwoPurgers: Scenario = {
  name: 'a writer against two that purge',
  prepare: async (filesystem) => await writeTwice(filesystem, 0),
  processes: [swap, purge, purge],
}

const creators: Scenario = {
  name: 'two creators and a reader',
  prepare: async () => {},
  processes: [create, create, read],
}

const deleteAndRecreate: Scenario = {
  name: 'a deleter, a recreator and a late writer',
  durability: 'process',
  prepare: async (filesystem) => await writeTwice(filesystem, 16),
  processes: [
    {
      warm: true,
      run: async (filesystem) => void (await filesystem.delete(PATH, anything, { keepVersions: 0 })),
    },
    { warm: true, run: async (filesystem) => await unlessLost(filesystem.put(PATH, entryOf('r'), absent)) },
    coldSwap,
  ],
}

// Far behind the times of the simulated disk, so that it takes everything for abandoned.
const maintain: Program = {
  warm: false,
  clockMs: Number.MAX_SAFE_INTEGER,
  run: async (filesystem) => void (await filesystem.maintain()),
}

const writersAgainstMaintenance: Scenario = {
  name: 'a slow writer and one that purges against maintenance',
  schedules: 700,
  prepare: async (filesystem) => await writeTwice(filesystem, 1),
  processes: [swap, maintain, purge],
}

const creatorsAgainstMaintenance: Scenario = {
  name: 'two creators against maintenance',
  schedules: 700,
  prepare: async () => {},
  processes: [create, create, maintain],
}

export const allScenarios: readonly Scenario[] = [
  writerAgainstPurger,
  readerAgainstPurger,
  readerOfOneVersion,
  writerAgainstTwoPurgers,
  creators,
  deleteAndRecreate,
  writersAgainstMaintenance,
  creatorsAgainstMaintenance,
  ...logScenarios,
]
