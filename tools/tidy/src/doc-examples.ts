import type { Finding, TextFile } from './repository.ts'
import { lineAt } from './repository.ts'

const block = /<!-- example: (\S+) -->\s*```\w*\n([\s\S]*?)```/g

/** A code block below `<!-- example: PATH -->` equals that file, which the tests run. */
export function findStaleExamples(files: readonly TextFile[]): Finding[] {
  const texts = new Map(files.map(({ path, text }) => [path, text]))
  return files
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap(({ path, text }) =>
      [...text.matchAll(block)].flatMap((found) => {
        const [, source = '', shown = ''] = found
        const line = lineAt(text, found.index)
        const actual = texts.get(source)
        if (actual === undefined) return [{ path, line, problem: `the example ${source} does not exist` }]
        return actual === shown ? [] : [{ path, line, problem: `the block differs from ${source}` }]
      }),
    )
}
