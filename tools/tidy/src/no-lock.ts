import { mask } from './mask.ts'
import type { Finding, TextFile } from './repository.ts'
import { isLibrary, lineAt } from './repository.ts'

// `lockFile`, for single files shared with other tools, is the one lock that is not about records.
const lock =
  /\b(?!lockFile\b)(?:\w*mutex\w*|\w*semaphore\w*|(?:acquire|release|with|try|async|read|write)lock\w*|locks?|unlock\w*)\b/gi
const lockPackage = /from\s+['"](?:[^'"]*(?:mutex|semaphore|lockfile|async-lock)[^'"]*)['"]/gi

/** Every read-modify-write of a record goes through `casUpdate`; a lock held across an await parks every other writer. */
export function findLocks(files: readonly TextFile[]): Finding[] {
  return files.filter(isLibrary).flatMap(({ path, text }) => {
    const identifiers = [...mask(text).code.matchAll(lock)]
    const imports = [...text.matchAll(lockPackage)]
    return [...identifiers, ...imports].map((found) => ({
      path,
      line: lineAt(text, found.index),
      problem: `"${found[0].trim()}" looks like a lock around records: use casUpdate`,
    }))
  })
}
