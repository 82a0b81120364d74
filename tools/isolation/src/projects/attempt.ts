import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LatchlessError, openFilesystem } from '@latchless/filesystem'

// Imports a module, or opens a store that is named by its scheme, and prints how that ended.
const [what = '', name = ''] = process.argv.slice(2)
const directory = await mkdtemp(join(tmpdir(), 'latchless-isolation-'))

async function attempt(): Promise<void> {
  if (what === 'import') await import(name)
  else {
    const store = await openFilesystem(
      name === 'sqlite' ? `sqlite:${directory}/store.db` : `${name}://localhost:1/none`,
    )
    await store.close()
  }
}

try {
  await attempt()
  process.stdout.write(JSON.stringify({ outcome: 'fine' }))
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  process.stdout.write(JSON.stringify({ outcome: 'failed', typed: error instanceof LatchlessError, code, message }))
} finally {
  await rm(directory, { recursive: true, force: true })
}
