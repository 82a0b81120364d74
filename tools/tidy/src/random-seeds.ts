import { mask } from './mask.ts'
import type { Finding, TextFile } from './repository.ts'
import { isCode } from './repository.ts'

/** Drawn values come from a seed that the test names: the same run passes or fails everywhere, and can be repeated. */
export function findUnseededDraws(files: readonly TextFile[]): Finding[] {
  return files.filter(isCode).flatMap(({ path, text }) => {
    const { code } = mask(text)
    if (/\bseed\b/.test(code)) return []
    const at = code.search(/\bfc\.(?:assert|check|sample)\(/)
    if (at === -1) return []
    return [
      { path, line: code.slice(0, at).split('\n').length, problem: 'drawn values need a seed: fc.assert(…, { seed })' },
    ]
  })
}
