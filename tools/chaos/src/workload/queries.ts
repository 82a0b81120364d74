import type { Tuple, TupleCursor } from '@latchless/filesystem'
import { nowUs } from '../history/journal.ts'
import type { Client } from './client.ts'
import { epochOfPath, INDEX } from './places.ts'

const PAGES_MAX = 3

/** Reads some pages of the registers' index. */
export async function queryStep(client: Client): Promise<void> {
  const { filesystem, journal, random, name } = client
  const collection = client.places.collection('registers')
  const prefix: Tuple = [1 + random.below(3)]
  const order = random.below(2) === 0 ? 'ascending' : 'descending'
  let after: TupleCursor | undefined
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const start = nowUs()
    const page = await filesystem.query(collection, INDEX, { range: { prefix }, order, after, limit: 5 })
    const rows = page.items.map(
      ({ path, tuple, head }) => [path, head.info.version as string, JSON.stringify(tuple)] as const,
    )
    journal.observe(epochOfPath(collection), { type: 'rows', client: name, start, end: nowUs(), collection, rows })
    if (!page.next) return
    after = page.next
  }
}
