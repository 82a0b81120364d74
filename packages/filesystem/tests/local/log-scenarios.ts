import type { Filesystem } from '@latchless/filesystem'
import { CompactedError } from '@latchless/filesystem'
import type { Program, Scenario } from './explorer.ts'
import { LOG } from './explorer.ts'

const ALL = 1000

export function bodiesOf(...texts: readonly string[]): Buffer[] {
  return texts.map((text) => Buffer.from(text, 'utf8'))
}

async function append(filesystem: Filesystem, ...texts: readonly string[]): Promise<void> {
  await filesystem.append(LOG, bodiesOf(...texts))
}

/** Reads as a tailing reader does: on behind what it has seen, or from the oldest after a trim. */
async function tail(filesystem: Filesystem, pages: number): Promise<void> {
  let after: number | undefined = 0
  for (let page = 0; page < pages; page++) {
    try {
      const { entries } = await filesystem.read(LOG, { after, limit: 100 })
      after = entries.at(-1)?.sequence ?? after
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error
      after = undefined
    }
  }
}

const one = async (filesystem: Filesystem): Promise<void> => await append(filesystem, 'first')
const two = async (filesystem: Filesystem): Promise<void> => {
  await one(filesystem)
  await append(filesystem, 'second', 'third')
}

function appender(name: string, warm: boolean): Program {
  return { warm, run: async (filesystem) => await append(filesystem, `${name} 1`, `${name} 2`) }
}

/** An appender that may sleep while the batch it wants to follow, and the number it wants to take, come and go. */
export const appenderAgainstTrimmer: Scenario = {
  name: 'an appender against one that appends and trims twice',
  schedules: 700,
  prepare: two,
  processes: [
    appender('a', true),
    {
      warm: true,
      run: async (filesystem) => {
        for (const text of ['b 1', 'b 2']) {
          await append(filesystem, text)
          await filesystem.trim(LOG, ALL)
        }
      },
    },
  ],
}

/** A reader that knows an old end, while everything up to a new one is appended and trimmed. */
export const readerAgainstTrimmer: Scenario = {
  name: 'a tailing reader against one that appends and trims',
  schedules: 700,
  prepare: one,
  processes: [
    { warm: true, run: async (filesystem) => await tail(filesystem, 2) },
    {
      warm: true,
      run: async (filesystem) => {
        await append(filesystem, 'b 1')
        await append(filesystem, 'b 2')
        await filesystem.trim(LOG, ALL)
      },
    },
  ],
}

export const everybodyAtOneLog: Scenario = {
  name: 'two appenders, a trimmer and a tailing reader',
  schedules: 700,
  prepare: two,
  processes: [
    appender('a', true),
    appender('b', false),
    { warm: true, run: async (filesystem) => await filesystem.trim(LOG, 3) },
    { warm: false, run: async (filesystem) => await tail(filesystem, 3) },
  ],
}

const logCreators: Scenario = {
  name: 'two that append to a log that is not there, and a reader',
  schedules: 700,
  durability: 'process',
  prepare: async () => {},
  processes: [
    appender('a', false),
    appender('b', false),
    { warm: false, run: async (filesystem) => await tail(filesystem, 2) },
  ],
}

export const logScenarios: readonly Scenario[] = [
  appenderAgainstTrimmer,
  readerAgainstTrimmer,
  everybodyAtOneLog,
  logCreators,
]
