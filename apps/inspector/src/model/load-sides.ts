import { type Entry, type Filesystem, UNVERSIONED, type Version } from '@latchless/filesystem'
import { InspectorError } from '../inspector-error.ts'
import type { Source } from '../io.ts'
import { loadVersion } from './load-version.ts'
import { parsePathArgument, type PathArgument } from './path-argument.ts'

/** One of the two that are compared. */
export interface Side {
  /** `-` for what was piped in. */
  readonly path: string
  readonly state: 'live' | 'deleted'
  readonly version: Version
  readonly kind: string | undefined
  readonly body: Uint8Array | undefined
}

/** What is piped in is held as a whole. */
const PIPED_BYTES_MAX = 64 * 1024 * 1024

/**
 * The two sides of a comparison: two versions, a version and the head, or without a version the previous retained one and the
 * head. `-` is what is piped in, `@9` another version of the first path.
 */
export async function loadSides(
  fs: Filesystem,
  stdin: Source,
  fromArgument: string,
  toArgument: string | undefined,
): Promise<{ from: Side; to: Side }> {
  if (fromArgument === '-') {
    if (toArgument === undefined || toArgument === '-') {
      throw new InspectorError('usage', 'Cannot compare stdin with itself: name a record as the other side')
    }
    const to = await loadSide(fs, parsePathArgument(toArgument))
    return { from: await pipedSide(stdin), to }
  }
  const from = parsePathArgument(fromArgument)
  if (toArgument === '-') return { from: await loadSide(fs, from), to: await pipedSide(stdin) }
  if (toArgument === undefined && from.version === undefined) return await lastTwo(fs, from.path)
  const to: PathArgument =
    toArgument === undefined
      ? { path: from.path }
      : parsePathArgument(toArgument.startsWith('@') ? from.path + toArgument : toArgument)
  return { from: await loadSide(fs, from), to: await loadSide(fs, to) }
}

async function loadSide(fs: Filesystem, argument: PathArgument): Promise<Side> {
  const head = await loadVersion(fs, argument)
  return sideOf(argument.path, head.state, head.version, head.state === 'live' ? head.entry : undefined)
}

async function pipedSide(stdin: Source): Promise<Side> {
  if (stdin.isTTY) throw new InspectorError('usage', 'Cannot read stdin: it is a terminal', 'pipe a body into it')
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of stdin) {
    bytes += chunk.length
    if (bytes > PIPED_BYTES_MAX) {
      throw new InspectorError('refused', `Cannot compare stdin: it has more than ${PIPED_BYTES_MAX} bytes`)
    }
    chunks.push(chunk)
  }
  return { path: '-', state: 'live', version: UNVERSIONED, kind: undefined, body: Buffer.concat(chunks) }
}

async function lastTwo(fs: Filesystem, path: string): Promise<{ from: Side; to: Side }> {
  const { versions } = await fs.history(path, { limit: 2, bodies: true })
  const [to, from] = versions.map(({ state, info, entry }) => sideOf(path, state, info.version, entry))
  if (to && from) return { from, to }
  const why = to ? 'it has only one retained version' : 'it was never written'
  throw new InspectorError('not-found', `Cannot compare ${JSON.stringify(path)}: ${why}`, 'name two: PATH@A PATH@B', {
    path,
  })
}

export function sideOf(path: string, state: Side['state'], version: Version, entry: Entry | undefined): Side {
  return { path, state, version, kind: entry?.kind, body: entry?.body }
}
