import { redactPointers } from '../kinds/redact-pointers.ts'
import type { Side } from './load-sides.ts'
import { redact } from './redact.ts'
import { SecretMarks } from './secret-marks.ts'

/** The bodies of both sides as they may be compared before eyes. Their marks differ where their secrets do. */
export async function shownBodies(from: Side, to: Side, reveal = false) {
  if (reveal) return { before: from.body, after: to.body }
  const pointers = await redactPointers([from.kind, to.kind])
  const marks = new SecretMarks()
  const shown = ({ body }: Side) => body && redact(body, pointers, marks).body
  return { before: shown(from), after: shown(to) }
}
