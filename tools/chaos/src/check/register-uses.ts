import type { RegisterOperation } from './register.ts'
import { UNWRITTEN } from './register.ts'

/** Who makes use of which state. */
export interface Uses {
  /** How many answered reads that saw a state are not yet in order. */
  readonly readsLeft: Map<string, number>
  /** The answered write that was built upon a state. */
  readonly successors: ReadonlyMap<string, number>
  /** States that anybody saw or expected. */
  readonly seen: ReadonlySet<string>
}

export function usesOf(operations: readonly RegisterOperation[]): Uses {
  const readsLeft = new Map<string, number>()
  const successors = new Map<string, number>()
  const seen = new Set<string>()
  for (const [at, operation] of operations.entries()) {
    const state = stateUsedBy(operation)
    if (state === undefined) continue
    seen.add(state)
    if (operation.end === undefined) continue
    if (operation.type === 'read') readsLeft.set(state, (readsLeft.get(state) ?? 0) + 1)
    else if (!successors.has(state)) successors.set(state, at)
  }
  return { readsLeft, successors, seen }
}

function stateUsedBy(operation: RegisterOperation): string | undefined {
  if (operation.type === 'read') return operation.seen.write
  if (operation.expect.type === 'unwritten') return UNWRITTEN.write
  return operation.expect.type === 'is' ? operation.expect.write : undefined
}
