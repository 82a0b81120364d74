import { mask } from './mask.ts'
import type { Finding, TextFile } from './repository.ts'
import { isLibrary, lineAt } from './repository.ts'

// Maps and sets have `delete` as well, so of deletes only the precondition tells; no collection has `put`.
const shortcuts: readonly (readonly [pattern: RegExp, problem: string])[] = [
  [/\bcasUpdate\b/g, 'a store updates its records through StoreRecords.update()'],
  [/\.\s*put\s*\(/g, 'a store writes its records through StoreRecords.update()'],
  [/\banything\b/g, 'a store never writes or deletes without a precondition'],
]
const anyType = /\btype:\s*(['"])any\1/g
const waitingLibrary =
  /\b(?:from|import)\s*\(?\s*['"](?![./]|node:)[^'"]*(?:mutex|semaphore|lock|queue|p-limit|fastq|bottleneck)[^'"]*['"]/gi

/** What a store does with its records goes through `StoreRecords`; none of it waits in a line and none of it is blind. */
export function findStoreShortcuts(files: readonly TextFile[]): Finding[] {
  return files.filter(isStore).flatMap(({ path, text }) => {
    const { code } = mask(text)
    const found = [
      ...shortcuts.flatMap(([pattern, problem]) =>
        [...code.matchAll(pattern)].map(({ index }) => ({ index, problem })),
      ),
      // The inside of a string is masked, so these are looked for in the text; a comment that holds one can be worded otherwise.
      ...[...text.matchAll(anyType)].map(({ index }) => ({
        index,
        problem: 'a store never writes or deletes without a precondition',
      })),
      ...[...text.matchAll(waitingLibrary)].map(({ index }) => ({
        index,
        problem: 'a store makes nobody wait for somebody else: casUpdate needs no such library',
      })),
    ]
    return found.map(({ index, problem }) => ({ path, line: lineAt(text, index), problem }))
  })
}

/** Whether the file belongs to a store: a library that is built on the core. */
function isStore(file: TextFile): boolean {
  return isLibrary(file) && !file.path.startsWith('packages/filesystem/')
}
