import type { Engine, EngineMode, StallPoint } from './engine.ts'
import type { UpdateRow } from './pg-counters.ts'
import { PgDriver, pgModes } from './pg-counters.ts'

/** A peer on PostgreSQL: one way of updating a row. */
export function pgEngine(
  id: string,
  stalls: readonly StallPoint[],
  updateRow: UpdateRow,
  modes: readonly EngineMode[] = pgModes(stalls),
): Engine {
  return {
    id,
    family: 'postgres',
    crossProcess: true,
    modes,
    bodyBytesMax: 256 * 1024 * 1024,
    open: (options) => PgDriver.open(options, updateRow),
  }
}
