/** The state of a register: which write made it, and whether a value is there. `unwritten` before the first one. */
export interface RegisterState {
  /** Unique for each write, deletes included. */
  readonly write: string
  readonly live: boolean
}

export const UNWRITTEN: RegisterState = { write: 'unwritten', live: false }

/** What a write expects: `is` = exactly the state that this write made. */
export type RegisterExpectation =
  | { readonly type: 'any' | 'absent' | 'unwritten' | 'live' }
  | { readonly type: 'is'; readonly write: string }

interface Interval {
  readonly client: string
  readonly start: number
  /** Absent when no answer came: it may have happened at any time from its start on, or never. */
  readonly end?: number | undefined
  /** How many writes there were, this one included. Absent when versions are not known. */
  readonly sequence?: number | undefined
}

/**
 * One call on a register. A refused write is a read of the state that refused it. A delete is a write that leaves nothing
 * live. A read may know less than the whole state.
 */
export type RegisterOperation =
  | (Interval & { readonly type: 'read'; readonly seen: Partial<RegisterState> })
  | (Interval & { readonly type: 'write'; readonly makes: RegisterState; readonly expect: RegisterExpectation })

export type Linearizability =
  | { readonly verdict: 'linearizable'; readonly steps: number }
  /** `stuck` is the longest prefix that could be put in order, and what could not follow it. */
  | { readonly verdict: 'not-linearizable'; readonly steps: number; readonly stuck: Stuck }
  | { readonly verdict: 'undecided'; readonly steps: number }

export interface Stuck {
  readonly ordered: number
  readonly state: RegisterState
  /** The calls of which one had to be next. */
  readonly candidates: readonly RegisterOperation[]
}

/** Whether a state meets an expectation. */
export function permits(expect: RegisterExpectation, state: RegisterState): boolean {
  switch (expect.type) {
    case 'any':
      return true
    case 'absent':
      return !state.live
    case 'live':
      return state.live
    case 'unwritten':
      return state.write === UNWRITTEN.write
    case 'is':
      return state.write === expect.write
  }
}
