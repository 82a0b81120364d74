import { mask } from './mask.ts'
import type { Finding, TextFile } from './repository.ts'
import { isLibrary, lineAt } from './repository.ts'

/** A library never writes to the console or to the standard streams; diagnostics go to a `diagnostics_channel`. */
export function findOutput(files: readonly TextFile[]): Finding[] {
  return files.filter(isLibrary).flatMap(({ path, text }) =>
    [...mask(text).code.matchAll(/\bconsole\s*\.|\bprocess\s*\.\s*(?:stdout|stderr)\b/g)].map((found) => ({
      path,
      line: lineAt(text, found.index),
      problem: `"${found[0]}" writes for its caller: publish on a diagnostics_channel`,
    })),
  )
}
