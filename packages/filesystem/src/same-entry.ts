import type { Entry, Tuple } from './filesystem.ts'
import { compareTuples } from './tuple.ts'

/** Whether two entries hold the same: body, content type, kind, schemaVersion and tuples. */
export function sameEntry(a: Entry, b: Entry): boolean {
  return (
    sameBody(a, b) &&
    a.contentType === b.contentType &&
    a.kind === b.kind &&
    a.schemaVersion === b.schemaVersion &&
    sameTuples(a.tuples ?? {}, b.tuples ?? {})
  )
}

export function sameBody(a: Pick<Entry, 'body'>, b: Pick<Entry, 'body'>): boolean {
  return Buffer.compare(a.body, b.body) === 0
}

function sameTuples(a: Readonly<Record<string, Tuple>>, b: Readonly<Record<string, Tuple>>): boolean {
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => {
    const [one, other] = [a[name], b[name]]
    return one !== undefined && other !== undefined && compareTuples(one, other) === 0
  })
}
