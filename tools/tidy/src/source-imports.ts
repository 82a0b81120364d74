import type { Finding, TextFile } from './repository.ts'
import { isCode, lineAt } from './repository.ts'

/** Tests import a package by its name, so that the same tests run on the sources and on the built output. */
export function findSourceImports(files: readonly TextFile[]): Finding[] {
  return files
    .filter((file) => isCode(file) && file.path.includes('/tests/'))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/(?:\bfrom|\bimport\(?)\s*['"][./]+\/src\/[^'"]*['"]/g)].map((found) => ({
        path,
        line: lineAt(text, found.index),
        problem: 'a test imports the package by its name, never its src',
      })),
    )
}
