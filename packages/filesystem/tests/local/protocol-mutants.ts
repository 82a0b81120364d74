import type { Disk, LcasSteps } from '@latchless/filesystem/testing'
import { lcasSteps } from '@latchless/filesystem/testing'
import type { MakeSteps, Scenario } from './explorer.ts'
import { PATH } from './explorer.ts'
import { readerAgainstPurger, readerOfOneVersion, writerAgainstTwoPurgers, writerAgainstPurger } from './scenarios.ts'

/** The protocol with one step done wrong, and where that must show. */
export interface ProtocolMutant {
  readonly name: string
  readonly scenario: Scenario
  readonly makeSteps: MakeSteps
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
      prepare: async (announce, readBase) => {
        const base = await readBase()
        await announce()
        return base
      },
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
]

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
