import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Filesystem, openFilesystem } from '@latchless/filesystem'
import { InspectorError } from './inspector-error.ts'

/**
 * Opens the store of a URL: for looking, where nothing on disk is touched if the backend can do that, or for writing. A
 * directory or file that does not exist is not made.
 *
 * @throws {InspectorError} `usage` without a URL, `store-missing` when there is no such directory or file.
 */
export async function openStore(url: string | undefined, purpose: 'look' | 'write' = 'look'): Promise<Filesystem> {
  if (url === undefined || url === '') {
    throw new InspectorError(
      'usage',
      'Cannot open a store: none was named',
      'give --store file:PATH, or set INSPECTOR_STORE',
    )
  }
  await checkStore(url)
  return openFilesystem(url, { readOnly: purpose === 'look' && url.startsWith('file:') })
}

// Opening a `file:` store makes it when it is not there, and looking must not. `STORE` is written last of what opening makes.
async function checkStore(url: string): Promise<void> {
  const [, scheme, root] = /^(file|plain|sqlite):(?:\/\/)?(.+)$/s.exec(url) ?? []
  if (root === undefined) return
  if (scheme === 'sqlite') {
    await statOf(root, root, 'there is no such file')
    return
  }
  if (!(await statOf(root)).isDirectory()) throw missing(root, 'it is not a directory')
  if (scheme === 'file') await statOf(join(root, 'STORE'), root, 'it holds no latchless store')
}

async function statOf(path: string, root: string = path, absence = 'there is no such directory'): Promise<Stats> {
  return await stat(path).catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'EACCES' || code === 'EPERM') {
      throw new InspectorError('refused', `Cannot open store ${JSON.stringify(root)}: permission denied`, undefined, {
        cause,
      })
    }
    throw missing(root, code === 'ENOENT' || code === 'ENOTDIR' ? absence : String(cause), cause)
  })
}

function missing(root: string, why: string, cause?: unknown): InspectorError {
  return new InspectorError('store-missing', `Cannot open store ${JSON.stringify(root)}: ${why}`, HINT, { cause })
}

const HINT = 'check --store or INSPECTOR_STORE; the inspector creates nothing'
