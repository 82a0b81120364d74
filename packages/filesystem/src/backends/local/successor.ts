import { WRITE_IDS_KEPT } from '../../filesystem.ts'
import type { RecordState, Write } from '../../record-state.ts'
import { applyWrite } from '../../record-state.ts'
import { formatVersion, generationOf, sequenceOf } from '../../version.ts'
import type { Base } from './read-record.ts'
import type { StoredVersion } from './version-file.ts'

/** The version that a write makes of its base. */
export function successor(base: Base, write: Write, keepVersions: number, newGeneration: () => string): StoredVersion {
  const applied = applyWrite(base.stored, write, newGeneration)
  const sequence = base.top + 1
  const state = sequenceOf(applied.head.version) === sequence ? applied : renumber(applied, sequence)
  return { ...state, oldest: Math.max(1, base.stored?.oldest ?? 1, sequence - keepVersions) }
}

// Behind torn versions the sequence jumps: their tokens may have been seen and are not used again.
function renumber(state: RecordState, sequence: number): RecordState {
  const was = state.head.version
  const version = formatVersion(sequence, generationOf(was))
  const [own = '', ...older] = state.writeIds
  const gap = Array.from({ length: sequence - sequenceOf(was) }, () => '')
  const ops = state.head.ops.map((op) => (op.version === was ? { ...op, version } : op))
  const head = { ...state.head, version, ops, info: { ...state.head.info, version } }
  return { head, writeIds: [own, ...gap, ...older].slice(0, WRITE_IDS_KEPT) }
}
