import { posix } from 'node:path'
import type { Finding, TextFile } from './repository.ts'
import { lineAt } from './repository.ts'

const union = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export type (\w+ErrorCode) =([^\n]*(?:\n\s+\|[^\n]*)*)/g
const anyUnion = /export type (\w+ErrorCode) =/g

/** Every error code has a line in its docstring and a row in the README of its package that say what the caller does now. */
export function findUndocumentedCodes(files: readonly TextFile[]): Finding[] {
  const texts = new Map(files.map(({ path, text }) => [path, text]))
  return files
    .filter(({ path }) => /^(?:packages|apps)\/[^/]+\/src\/(?:.*\/)?errors\.ts$/.test(path))
    .flatMap(({ path, text }) => {
      const readme = texts.get(posix.join(path.split('/').slice(0, 2).join('/'), 'README.md')) ?? ''
      const documented = [...text.matchAll(union)]
      const names = new Set(documented.map(([, , name]) => name))
      const bare = [...text.matchAll(anyUnion)]
        .filter(([, name]) => !names.has(name))
        .map((found) => ({ path, line: lineAt(text, found.index), problem: `${found[1]} has no docstring` }))
      const missing = documented.flatMap((found) => {
        const [, docs = '', , members = ''] = found
        const line = lineAt(text, found.index)
        return [...members.matchAll(/'([^']+)'/g)].flatMap(([, code = '']) => [
          ...(docs.includes(`- \`${code}\`:`)
            ? []
            : [{ path, line, problem: `the code ${code} has no line in the docstring` }]),
          ...(readme.includes(`| \`${code}\``)
            ? []
            : [{ path, line, problem: `the code ${code} has no row in the README` }]),
        ])
      })
      return [...bare, ...missing]
    })
}
