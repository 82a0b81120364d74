/** What the process exit code says. Scripts depend on these numbers; they only ever gain members. */
export const EXIT = {
  ok: 0,
  /** `doctor` found failures, `diff --exit-code` a difference, or `ls --fail-empty` nothing. */
  negative: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  unreachable: 5,
  integrity: 6,
  refused: 7,
  partial: 8,
  internal: 70,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
