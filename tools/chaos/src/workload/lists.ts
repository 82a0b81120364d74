import { casUpdate, LatchlessError, write } from '@latchless/filesystem'
import { nowUs } from '../history/journal.ts'
import { answered } from '../history/recorded.ts'
import type { Client } from './client.ts'
import { chance, REPEATS_MAX, slotOf, updateOptions } from './client.ts'
import { epochOfPath } from './places.ts'
import { listType, prunedListType } from './records.ts'

const HOT = 1
const COLD = 3
/** One in so many updates is sent again although it is known to be in. */
const REPEATED_ONE_IN = 12
const READ_ONE_IN = 6

/** Appends a name to a list by `casUpdate`, or looks at it. */
export async function listStep(client: Client): Promise<void> {
  const slot = slotOf(client, HOT, COLD)
  const path = client.places.path('lists', slot)
  if (client.random.below(READ_ONE_IN) === 0) return lookAt(client, path)
  const op = client.nextName()
  for (let repeats = 0; ; repeats++) {
    try {
      await append(client, slot, path, op)
      if (client.random.below(REPEATED_ONE_IN) > 0) return
    } catch (error) {
      const again = error instanceof LatchlessError && error.retry !== 'never'
      if (!again || repeats === REPEATS_MAX || chance(client, 0.2)) throw error
    }
    await client.runtime.sleep(client.random.fraction() * 20)
    if (repeats >= REPEATS_MAX) return
  }
}

async function append(client: Client, slot: number, path: string, op: string): Promise<void> {
  const { journal, filesystem, random, runtime } = client
  const add = (current: { readonly names: readonly string[] } | undefined) => {
    const names = current?.names ?? []
    return write({ names: [...names, op] }, names.length)
  }
  const slowMs = chance(client, 0.08) ? random.fraction() * 6 : 0
  const apply =
    slowMs > 0 ? (current: Parameters<typeof add>[0]) => runtime.sleep(slowMs).then(() => add(current)) : add
  // One slot has its old versions pruned.
  const type = slot === 0 ? prunedListType : listType
  const open = journal.call(epochOfPath(path), { type: 'update', client: client.name, start: nowUs(), path, op })
  await answered(
    journal,
    open,
    () => casUpdate(filesystem, path, type, apply, updateOptions(client, op)),
    ({ version, outcome, replayed }) => {
      journal.answer(open, { outcome: 'done', version, ...(replayed ? {} : { position: outcome }) })
      client.places.saw('lists', slot, path, version, outcome ?? 0)
    },
  )
}

async function lookAt(client: Client, path: string): Promise<void> {
  const start = nowUs()
  const head = await client.filesystem.get(path)
  const names = head.state === 'live' ? listType.decode(head.entry, path).names : []
  const seen = { path, length: names.length, last: names.at(-1) }
  client.journal.observe(epochOfPath(path), { type: 'list', client: client.name, start, end: nowUs(), ...seen })
}
