import { FilesystemError } from './errors.ts'
import type { Filesystem, Limits, Writer } from './filesystem.ts'
import type { Runtime } from './runtime.ts'

export interface OpenOptions {
  readonly runtime?: Runtime | undefined
  readonly limits?: Partial<Limits> | undefined
  readonly writer?: Writer | undefined
  /**
   * Opens a store that is there for reading only: nothing is created, migrated or written, and every write is refused as
   * `unsupported`. `memory:`, which begins empty, refuses it. Default false.
   */
  readonly readOnly?: boolean | undefined
}

/**
 * Opens a store by its URL: `memory:`, `file:PATH` (local), `sqlite:PATH`, `postgres://…` or `plain:PATH` (byte-only). Paths
 * may be relative, so their prefixes are no WHATWG URLs: `file:./dir` is the directory `./dir`. Only a postgres URL takes
 * options, in its query string, and needs the package `pg`.
 *
 * @throws {FilesystemError} `invalid-argument` for another URL; what the backend throws when it cannot be opened.
 */
export async function openFilesystem(url: string, options: OpenOptions = {}): Promise<Filesystem> {
  const colon = url.indexOf(':')
  const scheme = url.slice(0, Math.max(colon, 0))
  const rest = url.slice(colon + 1)
  switch (scheme) {
    case 'memory': {
      if (rest !== '') throw badUrl(url, 'memory: takes nothing behind its colon')
      if (options.readOnly) throw badUrl(url, 'a memory: store begins empty, so there is nothing to read')
      const { MemoryFilesystem } = await import('./backends/memory/memory-filesystem.ts')
      return MemoryFilesystem.open(options)
    }
    case 'file': {
      const { LocalFilesystem } = await import('./backends/local/local-filesystem.ts')
      return LocalFilesystem.open({ ...options, root: rootOf(url, rest) })
    }
    case 'sqlite': {
      const { SqliteFilesystem } = await import('./backends/sqlite/sqlite-filesystem.ts')
      return SqliteFilesystem.open({ ...options, path: rootOf(url, rest) })
    }
    case 'plain': {
      const { PlainFilesystem } = await import('./backends/plain.ts')
      return PlainFilesystem.open({ ...options, root: rootOf(url, rest) })
    }
    case 'postgres':
    case 'postgresql':
      return openPostgres(url, options)
    default:
      throw badUrl(url, 'expected memory:, file:PATH, sqlite:PATH, postgres://… or plain:PATH')
  }
}

async function openPostgres(url: string, options: OpenOptions): Promise<Filesystem> {
  const { optionsFromUrl, PostgresFilesystem } = await import('./postgres.ts').catch((cause: unknown) => {
    throw new FilesystemError('unsupported', 'Cannot open store "postgres:…": install the package pg beside this one', {
      operation: 'open',
      cause,
    })
  })
  return PostgresFilesystem.open({ ...optionsFromUrl(url), ...options })
}

// file:///srv/data and file:/srv/data name the same directory.
function rootOf(url: string, rest: string): string {
  const root = rest.startsWith('//') ? rest.slice(2) : rest
  if (root === '') throw badUrl(url, 'expected a directory behind the colon')
  return root
}

// Only the scheme is shown: what is behind it may hold a password.
function badUrl(url: string, problem: string): FilesystemError {
  const scheme = url.slice(0, url.indexOf(':') + 1)
  return new FilesystemError('invalid-argument', `Cannot open store ${JSON.stringify(`${scheme}…`)}: ${problem}`, {
    operation: 'open',
  })
}
