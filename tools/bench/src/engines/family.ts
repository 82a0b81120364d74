import type { EngineFamily } from './engine.ts'

/** Whom an engine is compared with. From its id, because results outlive the engines that are installed. */
export function familyOf(id: string): EngineFamily {
  if (id.startsWith('pg/') || id === 'latchless/postgres') return 'postgres'
  if (id === 'latchless/memory') return 'memory'
  return id === 'latchless/local' || id.startsWith('lockfile') ? 'local' : 'sqlite'
}
