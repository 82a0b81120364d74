import { CompactedError, FilesystemError, prunedVersion, trimmedEntries } from '../../errors.ts'
import { VersionMismatch } from '../../version-mismatch.ts'
import type { Call, Refusal } from './protocol.ts'

/** An error as data: a class does not survive the way to another thread. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof VersionMismatch) {
    const { operation = '', path = '', expected, current, step } = error
    return { type: 'mismatch', operation, path, expected, current, step }
  }
  if (error instanceof CompactedError) return { type: 'compacted', path: error.path ?? '', oldest: error.oldest }
  if (error instanceof FilesystemError) {
    const { code, message, retry, path, operation } = error
    const cause = error.cause instanceof Error ? error.cause.message : undefined
    return { type: 'failure', code, message, retry, path, operation, cause }
  }
  return { type: 'defect', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

/** The error that a refusal was. */
export function fromRefusal(refusal: Refusal, call?: Call): Error {
  switch (refusal.type) {
    case 'mismatch':
      return new VersionMismatch(refusal.operation, refusal.path, refusal.expected, refusal.current, refusal.step)
    case 'compacted':
      return compacted(refusal, call)
    case 'failure': {
      const { code, message, retry, path, operation } = refusal
      const cause = refusal.cause === undefined ? undefined : new Error(refusal.cause)
      return new FilesystemError(code, message, {
        retry,
        cause,
        ...(path === undefined ? {} : { path }),
        ...(operation === undefined ? {} : { operation }),
      })
    }
    case 'defect':
      return new Error(refusal.message)
  }
}

function compacted({ path, oldest }: Refusal & { readonly type: 'compacted' }, call: Call | undefined): Error {
  const read = call?.kind === 'read' ? call.call : undefined
  if (read?.type === 'entries') return trimmedEntries(path, read.after ?? 0, oldest ?? 1)
  return prunedVersion(path, read?.type === 'version' ? read.sequence : 0, oldest)
}
