/** What a client sent that the server answers with one "ready for query": one or more statements. */
export interface ProxiedRequest {
  /** The texts of the statements that it executes, with `$1` for values. */
  readonly statements: readonly string[]
  /** The number of its connection, counted from 1. */
  readonly connection: number
  /** Its number on that connection, counted from 1. */
  readonly number: number
}

/**
 * What happens to a request.
 *
 * - `cut-before`: the server never sees it, and the client's connection is reset.
 * - `cut-after`: the server executes it and answers; then the client's connection is reset instead of telling the answer.
 * - `delay`: the server executes it and answers; the client is told when `until` settles.
 * - `stall`: nothing passes on this connection in either direction, this request included, until `until` settles.
 */
export type Fault =
  | { readonly kind: 'cut-before' | 'cut-after' }
  | { readonly kind: 'delay' | 'stall'; readonly until: Promise<unknown> }

/** Decides about one request; `undefined` lets it pass. */
export type FaultRule = (request: ProxiedRequest) => Fault | undefined

/** What a proxy has done so far, so that a test can prove that its faults happened. */
export interface FaultCounts {
  readonly connections: number
  readonly requests: number
  readonly cutBefore: number
  readonly cutAfter: number
  /** Requests whose answer was, or still is, held back. */
  readonly delayed: number
  /** Requests that were, or still are, stopped. */
  readonly stalled: number
  readonly refusedConnections: number
  /** Connections reset while nothing was asked on them, or whatever was asked. */
  readonly droppedConnections: number
}

/** Applies the fault to the next `times` requests with a statement that matches. */
export function onStatement(pattern: RegExp, fault: Fault, times = 1): FaultRule {
  let left = times
  return ({ statements }) => {
    if (left === 0 || !statements.some((statement) => statement.search(pattern) >= 0)) return undefined
    left -= 1
    return fault
  }
}

/** Applies one of the faults, in turn, to this share of the requests; the same seed hits the same requests. */
export function withProbability(probability: number, seed: number, ...faults: readonly Fault[]): FaultRule {
  const random = seededRandom(seed)
  let hits = 0
  return () => {
    if (random() >= probability) return undefined
    hits += 1
    return faults[(hits - 1) % faults.length]
  }
}

/** Numbers from 0 up to 1 that depend on nothing but the seed (mulberry32, by Tommy Ettinger, in the public domain). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
