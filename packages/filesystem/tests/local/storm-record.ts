import type { Entry, Head } from '@latchless/filesystem'

/** What the storm's records hold: how many updates of each writer are in it. */
export interface StormRecord {
  readonly applied: Readonly<Record<string, number>>
}

export const STORM_PATHS: readonly string[] = ['/storm/hot', '/storm/warm', '/storm/cool']

export function readStormRecord(head: Head): StormRecord {
  if (head.state !== 'live') return { applied: {} }
  return JSON.parse(Buffer.from(head.entry.body).toString('utf8')) as StormRecord
}

export function stormEntry(record: StormRecord): Entry {
  return { body: Buffer.from(JSON.stringify(record), 'utf8'), contentType: 'application/json' }
}
