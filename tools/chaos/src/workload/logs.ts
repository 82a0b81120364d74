import { CompactedError } from '@latchless/filesystem'
import { nowUs } from '../history/journal.ts'
import { answered } from '../history/recorded.ts'
import type { Client } from './client.ts'
import { epochOfPath } from './places.ts'

const LOGS = 2
const BATCH_MAX = 3
const PAGE_MAX = 40

/** Appends a few entries to a log. */
export async function appendStep(client: Client): Promise<void> {
  const { journal, random } = client
  const log = client.places.log(random.below(LOGS))
  const names = Array.from({ length: 1 + random.below(BATCH_MAX) }, () => client.nextName())
  const bodies = names.map((name) => Buffer.from(name))
  const line = { type: 'append', client: client.name, start: nowUs(), log, names } as const
  const open = journal.call(epochOfPath(log), line)
  await answered(
    journal,
    open,
    () => client.filesystem.append(log, bodies),
    ({ first }) => journal.answer(open, { outcome: 'done', first }),
  )
}

/** Follows the logs of the epoch, entry by entry. */
export class Tail {
  readonly #client: Client
  readonly #cursors = new Map<string, number>()

  constructor(client: Client) {
    this.#client = client
  }

  async step(): Promise<void> {
    const { random, journal, filesystem, name } = this.#client
    const log = this.#client.places.log(random.below(LOGS))
    const after = this.#cursors.get(log) ?? 0
    const limit = 1 + random.below(PAGE_MAX)
    const start = nowUs()
    try {
      const { entries } = await filesystem.read(log, { after, limit })
      const sequences = entries.map(({ sequence }) => sequence)
      const names = entries.map(({ body }) => Buffer.from(body).toString())
      const page = { log, after, limit, sequences, names }
      journal.observe(epochOfPath(log), { type: 'page', client: name, start, end: nowUs(), ...page })
      if (this.#cursors.size > 100) this.#cursors.clear()
      this.#cursors.set(log, sequences.at(-1) ?? after)
    } catch (error) {
      // Nobody trims these logs.
      if (error instanceof CompactedError)
        throw new TypeError('Cannot read log: its entries are gone', { cause: error })
      throw error
    }
  }
}
