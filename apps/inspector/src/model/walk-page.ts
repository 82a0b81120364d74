import { type Filesystem, FilesystemError, type ListHead, type StoredHead } from '@latchless/filesystem'
import type { InspectorError } from '../inspector-error.ts'

/** Told of each thing that could not be read; the walk goes on behind it. */
export type ReportDamage = (error: FilesystemError | InspectorError) => Promise<void>

const PAGE_SIZE = 100

export function pageSize(fs: Filesystem, path: string, wanted: number = PAGE_SIZE): number {
  return Math.min(wanted, fs.capabilities(path).limits.pageSizeMax)
}

export function isCorrupt(error: unknown): error is FilesystemError {
  return error instanceof FilesystemError && error.code === 'corrupt'
}

/** A head as listings show it, without its body. */
export function listHeadOf(found: StoredHead): ListHead {
  const { state, info } = found
  if (found.state === 'deleted') return { state, info }
  const { contentType, kind, schemaVersion } = found.entry
  return { state, info, contentType, kind, schemaVersion }
}
