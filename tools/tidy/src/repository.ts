import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A text file of the repository. `path` is relative to the root, with `/`. */
export interface TextFile {
  readonly path: string
  readonly text: string
}

/** What a rule reports. `line` counts from 1. */
export interface Finding {
  readonly path: string
  readonly line: number
  readonly problem: string
}

/** The root of this repository: three levels above this file, in `src` and in `dist` alike. */
export const REPOSITORY_ROOT: string = fileURLToPath(new URL('../../../', import.meta.url))

const skippedDirectories = new Set(['node_modules', 'dist', 'bundle', '.git', '.turbo', 'coverage'])
const textNames = /(?:\.(?:ts|tsx|js|mjs|json|md|svg|yaml|yml|sh|npmrc)|\/run|\.gitignore|LICENSE)$/

/** Every text file below `root`, without what tools generate, in path order. */
export function readRepository(root: string = REPOSITORY_ROOT): TextFile[] {
  const paths: string[] = []
  const visit = (directory: string) => {
    for (const item of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, item.name)
      if (item.isDirectory() && !skippedDirectories.has(item.name)) visit(path)
      else if (item.isFile() && textNames.test(path)) paths.push(path)
    }
  }
  visit(root)
  return paths.toSorted().map((path) => ({ path: relative(root, path), text: readFileSync(path, 'utf8') }))
}

/** Whether the file is TypeScript. */
export function isCode(file: TextFile): boolean {
  return /\.tsx?$/.test(file.path)
}

/** Whether the file is part of a library that others install. */
export function isLibrary(file: TextFile): boolean {
  return isCode(file) && /^packages\/[^/]+\/src\//.test(file.path)
}

/** Whether the file is shipped or run: the sources of libraries, applications and tools. */
export function isSource(file: TextFile): boolean {
  return isCode(file) && /^(?:packages|apps|tools)\/[^/]+\/src\//.test(file.path)
}

/** The line, counted from 1, of an offset. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

/** Findings as text, one a line, the way compilers print them. */
export function formatFindings(findings: readonly Finding[]): string {
  return findings.map(({ path, line, problem }) => `${path}:${line}: ${problem}`).join('\n')
}
