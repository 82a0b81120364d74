import type { Finding, TextFile } from './repository.ts'
import { lineAt } from './repository.ts'

const patterns: readonly (readonly [RegExp, string])[] = [
  [
    /(?:\/work\/|\.\.\/)shared\/|\bshared\/(?:spec|research|design|style)\b/g,
    'names a folder that readers do not have',
  ],
  [/\bissue #?\d+\b/gi, 'names a ticket that readers do not have'],
  [/\b(?:registry|pypi|mirror|proxy)\.[a-z0-9-]+\.[a-z]{2,}\b/gi, 'names the host of a package registry'],
  [/\btarball:\s*https?:/g, 'pins a package to a host'],
]

/** The repository stands by itself: no reference to what a clone does not hold, and no registry host. */
export function findPrivateReferences(files: readonly TextFile[]): Finding[] {
  return files.flatMap(({ path, text }) =>
    patterns.flatMap(([pattern, problem]) =>
      [...text.matchAll(pattern)].map((found) => ({
        path,
        line: lineAt(text, found.index),
        problem: `"${found[0]}" ${problem}`,
      })),
    ),
  )
}
