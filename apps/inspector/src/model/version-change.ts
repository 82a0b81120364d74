import { InspectorError } from '../inspector-error.ts'
import { diffLines } from './body-diff.ts'
import { readBody } from './body.ts'
import { sameBytes } from './same-bytes.ts'

/** What a version did to the one before it: nothing, some lines, or something that lines cannot say. */
export type VersionChange =
  | { readonly type: 'same' }
  | { readonly type: 'lines'; readonly added: number; readonly removed: number }
  | { readonly type: 'other' }

/** Larger bodies are compared only when somebody looks at the two. */
export const COUNTED_BYTES_MAX = 64 * 1024

/** Counts the lines that differ. `undefined` is the body of a tombstone. */
export function versionChange(before: Uint8Array | undefined, after: Uint8Array | undefined): VersionChange {
  if (before && sameBytes(before, after)) return { type: 'same' }
  if ((before?.length ?? 0) > COUNTED_BYTES_MAX || (after?.length ?? 0) > COUNTED_BYTES_MAX) return { type: 'other' }
  try {
    const edits = diffLines(before && readBody(before), after && readBody(after))
    const count = (wanted: string) => edits.filter(({ op }) => op === wanted).length
    return { type: 'lines', added: count('added'), removed: count('removed') }
  } catch (error) {
    if (error instanceof InspectorError && error.code === 'refused') return { type: 'other' }
    throw error
  }
}
