import {
  type Change,
  CompactedError,
  type Filesystem,
  type ListHead,
  sequenceOf,
  type Version,
} from '@latchless/filesystem'
import type { ChangeRow } from '../output/rows.ts'
import { versionRow } from './stored-row.ts'

/** A change with what the store still knows of its version. Bodies are not read. */
export async function describedChange(fs: Filesystem, change: Change): Promise<ChangeRow> {
  const { type: op, cursor } = change
  const path = op === 'gap' ? null : change.path
  const row = { type: 'change', v: 1, op, path, version: null, token: null, info: null, cursor } as const
  if (op === 'gap' || op === 'compacted') return row
  const head = await infoOf(fs, change.path, change.version)
  const version = sequenceOf(change.version)
  if (!head) return { ...row, version, token: change.version }
  const { kind, size, time, writer, writeId, updates } = versionRow(change.path, head)
  return { ...row, version, token: change.version, info: { kind, size, time, writer, writeId, updates } }
}

async function infoOf(fs: Filesystem, path: string, version: Version): Promise<ListHead | undefined> {
  try {
    const { versions } = await fs.history(path, { before: sequenceOf(version) + 1, limit: 1 })
    return versions.find(({ info }) => info.version === version)
  } catch (error) {
    if (error instanceof CompactedError) return undefined
    throw error
  }
}
