import type { DurabilityLevel, EngineMode } from './engine.ts'

/** How ours are used: `put` writes without `casUpdate`, under a version that is known, to show what the loop costs. */
export function latchlessModes(durabilities: readonly DurabilityLevel[]): EngineMode[] {
  return durabilities.flatMap((durability) =>
    (['combine', 'plain', 'put'] as const).map((mode) => ({
      mode,
      durability,
      history: true,
      stalls: mode === 'put' ? [] : (['apply', 'call'] as const),
    })),
  )
}
