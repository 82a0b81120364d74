/**
 * How one conditional write ended. `unknown` may have landed: later events tell, and it never counts as lost. `busy` and
 * `error` wrote nothing.
 */
export const ATTEMPT_OUTCOMES = ['won', 'lost', 'busy', 'unknown', 'error'] as const
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number]

/** Its place in {@link ATTEMPT_OUTCOMES}, as the columns hold it. */
export const OUTCOME = { won: 0, lost: 1, busy: 2, unknown: 3, error: 4 } as const satisfies Record<
  AttemptOutcome,
  number
>
