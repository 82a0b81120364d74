import type { Filesystem } from '@latchless/filesystem'
import { type AppliedUpdates, appliedUpdatesCodec, isApplied, NONE_APPLIED } from './applied-updates.ts'
import type { RecordedUpdate } from './recorded-updates.ts'
import { FATE } from './run-again.ts'

/** What the records say about the answers that updates got. All but the last have to be zero. */
export interface Verification {
  /** Ended well, and not in the record. */
  readonly lost: number
  /** In a record more than once. */
  readonly repeated: number
  /** Failed for certain, and in the record all the same. */
  readonly resurrected: number
  /** Got no answer, and are in the record. */
  readonly unknownLanded: number
}

/** Reads every record and compares it with what became of each of its updates. */
export async function verifyRun(
  view: Filesystem,
  keys: readonly string[],
  updates: readonly RecordedUpdate[],
  fates: Uint8Array,
): Promise<Verification> {
  const records = new Map<string, AppliedUpdates>()
  let repeated = 0
  for (const key of keys) {
    const applied = await readRecord(view, key)
    records.set(key, applied)
    repeated += applied.repeated
  }
  const found = { lost: 0, resurrected: 0, unknownLanded: 0 }
  for (const [at, { key, ordinal, isNoop }] of updates.entries()) {
    if (isNoop) continue
    const isIn = isApplied(records.get(key) ?? NONE_APPLIED, ordinal)
    const fate = fates[at]
    if (fate === FATE.applied && !isIn) found.lost++
    else if ((fate === FATE.refused || fate === FATE.notRun) && isIn) found.resurrected++
    else if (fate === FATE.open && isIn) found.unknownLanded++
  }
  return { ...found, repeated }
}

async function readRecord(view: Filesystem, key: string): Promise<AppliedUpdates> {
  const head = await view.get(key)
  return head.state === 'live' ? await appliedUpdatesCodec.decode(head.entry, key) : NONE_APPLIED
}
