/** What `apply` decided. Made by `write`, `noop`, `remove` and `forceWrite`. */
export type Decision<T, Outcome> =
  | { readonly type: 'write' | 'forceWrite'; readonly next: T; readonly outcome: Outcome }
  | { readonly type: 'noop' | 'remove'; readonly outcome: Outcome }

/** Store `next`; skipped when a record exists and nothing a reader can see would change. */
export function write<T>(next: T): { readonly type: 'write'; readonly next: T; readonly outcome: undefined }
export function write<T, Outcome>(
  next: T,
  outcome: Outcome,
): { readonly type: 'write'; readonly next: T; readonly outcome: Outcome }
export function write(next: unknown, outcome?: unknown): Decision<unknown, unknown> {
  return { type: 'write', next, outcome }
}

/** Store `next` even when it equals what is stored: a new version either way. */
export function forceWrite<T>(next: T): { readonly type: 'forceWrite'; readonly next: T; readonly outcome: undefined }
export function forceWrite<T, Outcome>(
  next: T,
  outcome: Outcome,
): { readonly type: 'forceWrite'; readonly next: T; readonly outcome: Outcome }
export function forceWrite(next: unknown, outcome?: unknown): Decision<unknown, unknown> {
  return { type: 'forceWrite', next, outcome }
}

/** Write nothing; absent stays absent. */
export function noop(): { readonly type: 'noop'; readonly outcome: undefined }
export function noop<Outcome>(outcome: Outcome): { readonly type: 'noop'; readonly outcome: Outcome }
export function noop(outcome?: unknown): { readonly type: 'noop'; readonly outcome: unknown } {
  return { type: 'noop', outcome }
}

/** Delete the record, leaving a tombstone; nothing when it is absent. */
export function remove(): { readonly type: 'remove'; readonly outcome: undefined }
export function remove<Outcome>(outcome: Outcome): { readonly type: 'remove'; readonly outcome: Outcome }
export function remove(outcome?: unknown): { readonly type: 'remove'; readonly outcome: unknown } {
  return { type: 'remove', outcome }
}
