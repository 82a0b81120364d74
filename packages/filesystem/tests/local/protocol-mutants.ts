import type { Disk, LcasSteps } from '@latchless/filesystem/testing'
import { lcasSteps } from '@latchless/filesystem/testing'
import type { Changed, Scenario } from './explorer.ts'
import { PATH } from './explorer.ts'
import { appenderAgainstTrimmer, everybodyAtOneLog, readerAgainstTrimmer } from './log-scenarios.ts'
import { readerAgainstPurger, readerOfOneVersion, writerAgainstTwoPurgers, writerAgainstPurger } from './scenarios.ts'

/** The protocol with one step done wrong, and where that must show. */
export interface ProtocolMutant extends Changed {
  readonly name: string
  readonly scenario: Scenario
}

const TEMPORARIES = `records${PATH}/+record/t`

const descending = (sequences: readonly number[]): number[] => sequences.toReversed()

export const protocolMutants: readonly ProtocolMutant[] = [
  {
    name: 'stale temporaries are not revoked',
    scenario: writerAgainstPurger,
    makeSteps: () => ({ ...lcasSteps, isStale: () => false }),
  },
  {
    name: 'the temporary is made after the base is read',
    scenario: writerAgainstPurger,
    makeSteps: () => ({
      ...lcasSteps,
      prepare: prepareLate,
    }),
  },
  {
    name: 'temporaries are listed before the head is known',
    scenario: writerAgainstTwoPurgers,
    makeSteps: makeEarlyListing,
  },
  {
    name: 'old versions are removed in descending order',
    scenario: readerAgainstPurger,
    makeSteps: () => ({ ...lcasSteps, removalOrder: descending }),
  },
  {
    name: 'the first version is kept for ever',
    scenario: readerOfOneVersion,
    makeSteps: () => ({ ...lcasSteps, removalOrder: (sequences) => sequences.filter((sequence) => sequence > 0) }),
  },
  {
    name: 'an empty scan means absent',
    scenario: readerOfOneVersion,
    makeSteps: () => ({ ...lcasSteps, newest: (sequences) => sequences.at(-1) ?? 0, confirm: async () => true }),
  },
  {
    name: 'the stamp is off by one',
    scenario: writerAgainstPurger,
    makeSteps: () => ({ ...lcasSteps, isStale: (name, floor) => lcasSteps.isStale(name, floor - 1) }),
  },
  {
    name: 'removal descends and nothing is looked at early',
    scenario: readerAgainstPurger,
    makeSteps: () => ({ ...lcasSteps, removalOrder: descending, isTaken: async () => false }),
  },
  {
    name: 'an append takes its number whether or not somebody has it',
    scenario: everybodyAtOneLog,
    makeDisk: (disk) => ({
      ...disk,
      link: async (from, to) => await (from.includes('+log') ? replace(disk, from, to) : disk.link(from, to)),
    }),
    makeSteps: () => ({ ...lcasSteps, isTaken: async () => false }),
  },
  {
    name: 'a trim does not revoke stale appends',
    scenario: appenderAgainstTrimmer,
    makeSteps: () => ({ ...lcasSteps, isStale: () => false }),
  },
  {
    name: 'an append announces itself after it has read the end of the log',
    scenario: appenderAgainstTrimmer,
    makeSteps: () => ({ ...lcasSteps, prepare: prepareLate }),
  },
  {
    name: 'a trim takes the revocable appends off by one',
    scenario: appenderAgainstTrimmer,
    makeSteps: () => ({ ...lcasSteps, isStale: (name, floor) => lcasSteps.isStale(name, floor - 1) }),
  },
  {
    name: 'a trim removes batches in descending order',
    scenario: readerAgainstTrimmer,
    makeSteps: () => ({ ...lcasSteps, removalOrder: descending }),
  },
]

async function prepareLate<Base>(announce: () => Promise<void>, readBase: () => Promise<Base>): Promise<Base> {
  const base = await readBase()
  await announce()
  return base
}

/** A link that takes the name away from whoever has it. */
async function replace(disk: Disk, from: string, to: string): Promise<void> {
  await disk.unlink(to).catch(() => undefined)
  await disk.link(from, to)
}

function makeEarlyListing(disk: Disk): LcasSteps {
  let listed: readonly string[] = []
  return {
    ...lcasSteps,
    prepare: async (announce, readBase) => {
      listed = await disk.names(TEMPORARIES)
      return await lcasSteps.prepare(announce, readBase)
    },
    listTemporaries: async () => listed,
  }
}
