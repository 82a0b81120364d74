import type { Entry, Head, ListHead, StoredHead, Tuple } from './filesystem.ts'

/** An entry whose bytes nobody else can change. */
export function copyEntry(entry: Entry): Entry {
  const copy = { ...entry, body: Uint8Array.from(entry.body) }
  return entry.tuples === undefined ? copy : { ...copy, tuples: structuredClone(entry.tuples) }
}

/** A tuple whose bytes nobody else can change. */
export function copyTuple(tuple: Tuple): Tuple {
  return structuredClone(tuple)
}

/** A head whose bytes nobody else can change. */
export function copyHead<H extends Head>(head: H): H {
  return head.state === 'live' ? { ...head, entry: copyEntry(head.entry) } : head
}

/** The row of a listing or of a history for a head. */
export function listHead(head: StoredHead, bodies: boolean): ListHead {
  if (head.state === 'deleted') return { state: 'deleted', info: head.info }
  const { contentType, kind, schemaVersion } = head.entry
  return {
    state: 'live',
    info: head.info,
    contentType,
    kind,
    schemaVersion,
    ...(bodies ? { entry: copyEntry(head.entry) } : {}),
  }
}
