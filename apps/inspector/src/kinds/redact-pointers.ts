import { kindView } from './registry.ts'

/** JSON Pointers to what these kinds do not show. Of two versions that are compared, what either hides is hidden in both. */
export async function redactPointers(kinds: readonly (string | undefined)[]): Promise<readonly string[]> {
  const views = await Promise.all(kinds.map((kind) => kindView(kind)))
  return views.flatMap((view) => view?.redact ?? [])
}
