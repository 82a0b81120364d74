import type { Finding, TextFile } from './repository.ts'
import { isCode } from './repository.ts'

const banned = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'types', 'misc'])

/** Drawers collect what has no home; a file is named after what it holds. */
export function findBannedNames(files: readonly TextFile[]): Finding[] {
  return files.filter(isCode).flatMap(({ path }) =>
    path
      .split('/')
      .map((part) => part.replace(/(?:\.test)?\.tsx?$/, ''))
      .filter((name) => banned.has(name.toLowerCase()))
      .map((name) => ({ path, line: 1, problem: `"${name}" names a drawer: name it after what it holds` })),
  )
}
