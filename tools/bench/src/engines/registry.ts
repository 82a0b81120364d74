import type { Engine } from './engine.ts'

/** Each engine is loaded by itself, so that one whose package is missing on a machine takes no other with it. */
const loaders: Readonly<Record<string, () => Promise<{ readonly engine: Engine }>>> = {
  'latchless/postgres': () => import('./latchless-postgres.ts'),
  'latchless/sqlite': () => import('./latchless-sqlite.ts'),
  'latchless/local': () => import('./latchless-local.ts'),
  'latchless/memory': () => import('./latchless-memory.ts'),
  'pg/for-update': () => import('./pg-for-update.ts'),
  'pg/advisory': () => import('./pg-advisory.ts'),
  'pg/statement': () => import('./pg-statement.ts'),
  'pg/serializable': () => import('./pg-serializable.ts'),
  'pg/naive-cas': () => import('./pg-naive-cas.ts'),
  'deno-kv': () => import('./deno-kv.ts'),
  'lmdb/if-version': () => import('./lmdb-if-version.ts'),
  'lmdb/transaction': () => import('./lmdb-transaction.ts'),
  'better-sqlite3': () => import('./better-sqlite3.ts'),
  'node-sqlite': () => import('./node-sqlite.ts'),
  libsql: () => import('./libsql.ts'),
  'lockfile+write-file-atomic': () => import('./lockfile-write-file-atomic.ts'),
}

export const ENGINE_IDS: readonly string[] = Object.keys(loaders)

/**
 * The engine of an id, or the one that a module exports.
 *
 * @throws what the engine's package throws when it cannot be loaded here.
 */
export async function loadEngine(id: string): Promise<Engine> {
  if (id.startsWith('file:')) return ((await import(id)) as { readonly engine: Engine }).engine
  const load = loaders[id]
  if (!load) throw new RangeError(`Cannot load engine "${id}": expected one of ${ENGINE_IDS.join(', ')}`)
  return (await load()).engine
}

/** The engines that a comma-separated list names; `pg/*` names all that start with `pg/`. */
export function engineIdsOf(list: string): string[] {
  const ids = list.split(',').flatMap((name) => {
    const found = name.endsWith('*') ? ENGINE_IDS.filter((id) => id.startsWith(name.slice(0, -1))) : [name]
    if (found.length === 0 || !found.every((id) => ENGINE_IDS.includes(id)))
      throw new RangeError(`Cannot choose engine "${name}": expected one of ${ENGINE_IDS.join(', ')}`)
    return found
  })
  return [...new Set(ids)]
}
