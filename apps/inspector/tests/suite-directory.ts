import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** A directory for all tests of a suite. */
export function temporaryDirectoryOfSuite(): { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'inspector-suite-'))
  afterAll(() => rmSync(path, { recursive: true, force: true }))
  return { path }
}
