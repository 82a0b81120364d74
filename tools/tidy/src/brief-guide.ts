import type { Finding, TextFile } from './repository.ts'

/** Lines of CLAUDE.md: it is read in full before every piece of work. */
const GUIDE_LINES_MAX = 100

/** CLAUDE.md stays short. */
export function findLongGuide(files: readonly TextFile[]): Finding[] {
  return files
    .filter(({ path }) => path === 'CLAUDE.md')
    .flatMap(({ path, text }) => {
      const lines = text.trimEnd().split('\n').length
      return lines > GUIDE_LINES_MAX
        ? [{ path, line: lines, problem: `${lines} lines, at most ${GUIDE_LINES_MAX}` }]
        : []
    })
}
