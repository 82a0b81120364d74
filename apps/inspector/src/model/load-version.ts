import { type Filesystem, sequenceOf, type StoredHead } from '@latchless/filesystem'
import { InspectorError } from '../inspector-error.ts'
import type { PathArgument } from './path-argument.ts'

/**
 * The head of a path, or the version that was asked for.
 *
 * @throws {InspectorError} `not-found` when there is none.
 * @throws {CompactedError} when the version was pruned.
 */
export async function loadVersion(fs: Filesystem, { path, version }: PathArgument): Promise<StoredHead> {
  const quoted = JSON.stringify(path)
  if (version === undefined) {
    const head = await fs.get(path)
    if (head.state !== 'unwritten') return head
    throw new InspectorError('not-found', `Cannot find ${quoted}: it was never written`, LIST_HINT, { path })
  }
  const found = await fs.getVersion(path, version.sequence)
  if (found && (version.token === undefined || version.token === found.version)) return found
  const why = found ? `version ${version.sequence} is of another generation` : `it has no version ${version.sequence}`
  throw new InspectorError('not-found', `Cannot find ${quoted}: ${why}`, '`inspector history PATH` lists versions', {
    path,
  })
}

/** The same, for callers who need a body. */
export function requireLive(path: string, head: StoredHead): Extract<StoredHead, { state: 'live' }> {
  if (head.state === 'live') return head
  throw new InspectorError(
    'not-found',
    `Cannot show ${JSON.stringify(path)}: version ${sequenceOf(head.version)} is a deletion`,
    '`inspector history PATH` lists the versions before it; --meta shows the tombstone',
    { path },
  )
}

const LIST_HINT = '`inspector ls` lists what is there'
