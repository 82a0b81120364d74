import type { Finding, TextFile } from './repository.ts'
import { isCode } from './repository.ts'

/** Lines that a code file may have, tests included. */
const FILE_LINES_MAX = 400

/** A file longer than this holds more than one concept. */
export function findLongFiles(files: readonly TextFile[]): Finding[] {
  return files.filter(isCode).flatMap(({ path, text }) => {
    const lines = text.trimEnd().split('\n').length
    return lines > FILE_LINES_MAX
      ? [{ path, line: 1, problem: `${lines} lines, at most ${FILE_LINES_MAX}: split it by concept` }]
      : []
  })
}
