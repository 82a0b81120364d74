import type { Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Capabilities, type Filesystem, openFilesystem } from '@latchless/filesystem'
import { codeOf } from './error-code.ts'
import { InspectorError } from './inspector-error.ts'

/**
 * Opens the store of a URL for looking, or with `write` for writing: one that does not exist is never made. For looking, the
 * store itself refuses every write.
 *
 * @throws {InspectorError} `usage` without a URL, `store-missing` when there is no such directory or file.
 */
export async function openStore(url: string | undefined, mode: 'look' | 'write' = 'look'): Promise<Filesystem> {
  if (url === undefined || url === '') {
    throw new InspectorError(
      'usage',
      'Cannot open a store: none was named',
      'give --store file:PATH, set INSPECTOR_STORE, or name a default in .inspector.json',
    )
  }
  await checkStore(url)
  // A store in memory begins empty with the process, so nothing in it needs protection.
  return openFilesystem(url, { readOnly: mode === 'look' && !url.startsWith('memory:') })
}

/**
 * Opens the target of a dry run, which makes nothing: where opening it for writing would make a store, an empty one in memory
 * stands in.
 *
 * @throws what {@link openStore} throws, and `store-missing` where no store could be made either.
 */
export async function openUnchanged(url: string): Promise<Filesystem> {
  try {
    return await openStore(url)
  } catch (error) {
    const isMissing = error instanceof InspectorError && error.code === 'store-missing'
    if (!isMissing || !(await isVacant(url))) throw error
    const memory = await openFilesystem('memory:')
    return url.startsWith('plain:') ? asByteOnly(memory) : memory
  }
}

async function isVacant(url: string): Promise<boolean> {
  const { scheme, root } = placeOf(url) ?? {}
  if (root === undefined) return false
  if (scheme === 'sqlite') return await isDirectory(dirname(root))
  const names = await readdir(root).catch((cause: unknown) => (codeOf(cause) === 'ENOENT' ? [] : undefined))
  return names?.length === 0
}

// What the plain backend lacks is not asked for when the capabilities say so.
function asByteOnly(store: Filesystem): Filesystem {
  const lacks = { cas: 'none', history: false, query: 'none', log: false, transact: false, watch: false } as const
  const capabilities = { ...store.capabilities('/'), ...lacks, backend: 'plain' }
  return Object.assign(store, { capabilities: (): Capabilities => capabilities })
}

export interface DiskPlace {
  readonly scheme: 'file' | 'plain' | 'sqlite'
  readonly root: string
}

/** Where the store of a URL lies on disk; undefined for one that does not. */
export function placeOf(url: string): DiskPlace | undefined {
  const [, scheme, root] = /^(file|plain|sqlite):(?:\/\/)?(.+)$/s.exec(url) ?? []
  return root === undefined ? undefined : { scheme: scheme as DiskPlace['scheme'], root }
}

// Opening a `file:` store makes it when it is not there, and looking must not. `STORE` is written last of what opening makes.
async function checkStore(url: string): Promise<void> {
  const { scheme, root } = placeOf(url) ?? {}
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
    const code = codeOf(cause)
    if (code === 'EACCES' || code === 'EPERM') {
      throw new InspectorError('refused', `Cannot open store ${JSON.stringify(root)}: permission denied`, undefined, {
        cause,
      })
    }
    throw missing(root, code === 'ENOENT' || code === 'ENOTDIR' ? absence : String(cause), cause)
  })
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}

function missing(root: string, why: string, cause?: unknown): InspectorError {
  return new InspectorError('store-missing', `Cannot open store ${JSON.stringify(root)}: ${why}`, HINT, { cause })
}

const HINT = 'check --store or INSPECTOR_STORE; the inspector creates nothing'
